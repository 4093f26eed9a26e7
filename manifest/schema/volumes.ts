import { z } from "zod";
import { datastore } from "./networks";
import { name } from "./values";

/** A folder inside a container. Commas and equals signs would end it in Proxmox VE's configuration. */
export const mountPath = z
  .string()
  .max(256)
  .regex(
    /^(\/[A-Za-z0-9_][A-Za-z0-9_.@+-]*)+$/,
    'a full path without a slash at the end, such as "/srv/photos"',
  );

/** A file or folder of a node. */
const nodePath = z
  .string()
  .max(256)
  .regex(/^(\/[A-Za-z0-9_][A-Za-z0-9_.@+:-]*)+$/, 'a full path such as "/tank/media"');

export const volume = z.strictObject({
  path: mountPath
    .meta({ examples: ["/srv/photos"] })
    .describe(
      "Where the container has it. Its root belongs to root there. It does not change later.",
    ),
  size_gb: z
    .int()
    .min(1)
    .max(65536)
    .meta({ examples: [500] })
    .describe("Size in GiB. It can grow at any time, without a restart; it never shrinks."),
  datastore: datastore.describe(
    "Storage that it is on. Derived: that of the container's root disk.",
  ),
  backup: z
    .boolean()
    .default(true)
    .describe("Whether Proxmox VE's backups of the container include it."),
});

const mount = z.strictObject({
  from: nodePath.meta({ examples: ["/tank/media"] }).describe("Folder of the node."),
  path: mountPath.meta({ examples: ["/srv/media"] }).describe("Where the container would have it."),
});

/** Keys about disks beside the root disk, and about parts of the node. */
export const storage = {
  volumes: z
    .record(name, volume)
    .default({})
    .meta({ examples: [{ photos: { path: "/srv/photos", size_gb: 500 } }] })
    .describe(
      "Disks of its own beside the root disk, by name. Added and grown while it runs; docs/operations.md says how to remove one.",
    ),
  mounts: z
    .record(name, mount)
    .optional()
    .meta({ examples: [{ media: { from: "/tank/media", path: "/srv/media" } }] })
    .describe(
      "Folders of its node. Always refused, with the commands for root@pam: an API token may not mount them. NixMox leaves alone what was mounted by hand.",
    ),
  devices: z
    .array(nodePath)
    .optional()
    .meta({ examples: [["/dev/dri/renderD128"]] })
    .describe(
      "Devices of its node. Always refused, with the commands for root@pam: an API token may not pass them through. NixMox leaves alone what was passed through by hand.",
    ),
  privileged: z
    .boolean()
    .default(false)
    .describe(
      "True is always refused, with the commands for root@pam: root in a privileged container is root on the node. NixMox leaves alone what was converted by hand.",
    ),
};
