import { z } from "zod";
import { name } from "./values";

/** Networks beside the default one, nodes, and where a service's container is put among them. */

/** The name by which the default network goes where all are listed; no other may have it. */
export const defaultNetwork = "default";

const bridge = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/, 'a bridge such as "vmbr0", 15 characters at most')
  .optional()
  .meta({ examples: ["vmbr1"] });

export const datastore = z
  .string()
  .max(100)
  .regex(/^[A-Za-z][A-Za-z0-9_.-]*[A-Za-z0-9]$/, 'a storage such as "local-lvm"')
  .optional()
  .meta({ examples: ["local-lvm"] });

export const nodeName = z
  .string()
  .regex(/^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/, "the name of a Proxmox VE node");

/** How containers are attached to a network; a change takes effect in place, with a restart. */
export const attachment = {
  vlan_tag: z
    .int()
    .min(1)
    .max(4094)
    .optional()
    .meta({ examples: [99] })
    .describe("VLAN of the containers."),
  bridge: bridge.describe(
    "Bridge of the containers. Derived: the node's `nodes.NAME.bridge`, or the stack's `nixmox:bridge`.",
  ),
  mtu: z
    .int()
    .min(576)
    .max(65535)
    .optional()
    .meta({ examples: [9000] })
    .describe("Largest packet of the containers, in bytes. Derived: the bridge's own."),
  firewall: z
    .boolean()
    .default(true)
    .meta({ examples: [false] })
    .describe(
      "Whether Proxmox VE lets its containers send from their own addresses alone. Their own firewalls are always on.",
    ),
};

const namedNetwork = z.strictObject({
  cidr: z
    .cidrv4()
    .meta({ examples: ["192.168.20.0/24"] })
    .describe("Its addresses, which no other network has."),
  gateway: z
    .ipv4()
    .meta({ examples: ["192.168.20.1"] })
    .describe("Its router, which also leads to the other networks of the manifest."),
  dns: z
    .array(z.ipv4())
    .min(1)
    .optional()
    .meta({ examples: [["192.168.20.1"]] })
    .describe("Resolvers that its hosts use. Derived: `network.dns_server`."),
  ...attachment,
});

export const networks = z.record(name, namedNetwork);

export const nodes = z.record(
  nodeName,
  z.strictObject({
    datastore: datastore.describe(
      "Storage of the root disks on this node. Derived: the stack's `nixmox:datastore`.",
    ),
    bridge: bridge.describe(
      "Bridge of the containers on this node, unless their network names one. Derived: the stack's `nixmox:bridge`.",
    ),
  }),
);

/** Where a service's container is put. */
export const placement = {
  node: nodeName
    .optional()
    .meta({ examples: ["pve1"] })
    .describe("Proxmox VE node. Derived: the stack's `nixmox:node`."),
  network: name
    .optional()
    .meta({ examples: ["dmz"] })
    .describe(
      "The network `networks.NAME` that it is in. Without it, the default one, `[network]`.",
    ),
  bridge: bridge.describe(
    "Bridge of this container alone. Derived: its network's, its node's, or the stack's `nixmox:bridge`.",
  ),
  datastore: datastore.describe(
    "Storage of its root disk; changing it creates a new container. Derived: its node's `nodes.NAME.datastore`, or the stack's `nixmox:datastore`.",
  ),
};
