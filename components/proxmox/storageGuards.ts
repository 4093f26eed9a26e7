import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { ServiceSpec } from "../../manifest/resolve/spec";
import { visible } from "../../manifest/visible";
import { valueOf } from "../valueOf";
import { type ProxmoxAccess, ProxmoxClient } from "./client";
import { mountPointsOf, readConfig } from "./mountPoints";

/**
 * Hooks that also refuse at a preview. The engine looks them up by name, so the program has to create
 * them even if nothing is left that has them.
 */

const PREVIEW = { onDryRun: true };

type Wanted = Pick<ServiceSpec, "name" | "vmid" | "volumes">;

const container = z.object({
  nodeName: z.string(),
  vmId: z.number(),
  disk: z.object({ size: z.number(), datastoreId: z.string() }).optional(),
});

/** For `beforeUpdate` of containers: a root disk does not shrink. */
export function shrinkGuard(): pulumi.ResourceHook {
  return new pulumi.ResourceHook(
    "nixmox-shrink-guard",
    async ({ oldInputs, newInputs }) =>
      checkShrink(await valueOf(oldInputs), await valueOf(newInputs)),
    PREVIEW,
  );
}

/** Throws if a container's root disk would become smaller. */
export function checkShrink(oldInputs: unknown, newInputs: unknown): void {
  const old = container.parse(oldInputs);
  const { size } = container.parse(newInputs).disk ?? {};
  if (old.disk === undefined || size === undefined || size >= old.disk.size) return;
  const { vmId, nodeName, disk } = old;
  throw new Error(
    visible(
      `Unable to change the root disk of container ${vmId} from ${disk.size} to ${size} GiB: a disk that shrinks loses ` +
        `data. Write resources.disk_gb = ${disk.size}. To copy the container to a smaller disk, as root on node ` +
        `${nodeName} run \`vzdump ${vmId} --mode stop --storage local\` and ` +
        `\`pct restore ${vmId} ARCHIVE --rootfs ${disk.datastoreId}:${size} --force\`, then \`pulumi refresh\` here.`,
    ),
  );
}

const volume = z.object({
  service: z.string(),
  volume: z.string(),
  nodeName: z.string(),
  vmId: z.number(),
  path: z.string(),
  key: z.string().optional(),
});

/** For `beforeDelete` of volumes: none is deleted while its container stays. */
export function volumeGuard(
  access: ProxmoxAccess,
  services: readonly Wanted[],
): pulumi.ResourceHook {
  return new pulumi.ResourceHook(
    "nixmox-volume-guard",
    async ({ urn, oldInputs, oldOutputs }) =>
      checkRemoval(
        access,
        urn,
        { ...(await valueOf(oldOutputs)), ...(await valueOf(oldInputs)) },
        services,
      ),
    PREVIEW,
  );
}

/**
 * Throws if a volume is deleted that its container still has, and the manifest has the container
 * without it. What is deleted with a container, that container's own guards decide.
 */
export async function checkRemoval(
  access: ProxmoxAccess,
  urn: string,
  state: unknown,
  services: readonly Wanted[],
): Promise<void> {
  const { volume: name, nodeName, vmId, path, key = "mpN" } = volume.parse(state);
  const service = services.find(({ vmid }) => vmid === vmId);
  if (!service || Object.hasOwn(service.volumes, name)) return;
  if (await isGone(access, nodeName, vmId, path)) return;
  const prefix = `${service.name}-volume-`;
  throw new Error(
    visible(
      `Unable to remove volume ${name} of ${service.name}: it holds what is in ${path}. To detach it and keep its data as ` +
        `an unused disk, run as root on node ${nodeName} \`pct set ${vmId} --delete ${key}\` and \`pct reboot ${vmId}\`, and ` +
        `deploy again. To rename it, run \`pulumi state rename '${urn}' ${prefix}NEWNAME\`.`,
    ),
  );
}

/** Whether a container has no mount point at a path any more. A preview may have nobody to ask. */
async function isGone(
  access: ProxmoxAccess,
  node: string,
  vmid: number,
  path: string,
): Promise<boolean> {
  const client = new ProxmoxClient(access);
  try {
    const mounts = mountPointsOf(await readConfig(client, node, vmid));
    return mounts.every((each) => each.path !== path);
  } catch {
    return false;
  } finally {
    await client.close();
  }
}
