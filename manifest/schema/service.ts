import { z } from "zod";
import { serviceInterface, serviceInterfaceInput } from "./contracts";
import { placement } from "./networks";
import { ports } from "./ports";
import { domainName, name, reboot, unit } from "./values";
import { storage } from "./volumes";

/** What a service can provide to the others. Consumers find a provider by role, not by name. */
export const roles = ["dns", "database", "proxy", "sso", "monitoring"] as const;
export type Role = (typeof roles)[number];

/** The roles that follow from conventional service names. */
export const conventionalRoles: Readonly<Record<string, Role[]>> = {
  dns: ["dns"],
  postgresql: ["database"],
  caddy: ["proxy"],
  authentik: ["sso"],
  keycloak: ["sso"],
  monitoring: ["monitoring"],
};

/** The ports of a service with a role that sets no ports. */
export const conventionalPorts: Readonly<Partial<Record<Role, readonly number[]>>> = {
  dns: [53],
  database: [5432],
  proxy: [443, 80],
  monitoring: [9090],
};

/** The highest id that Proxmox VE gives a guest. */
export const maxVmid = 999_999_999;

export const resources = z.strictObject({
  cores: z.int().min(1).max(512).default(1).describe("CPU cores."),
  memory: z
    .int()
    .min(64)
    .max(4194304)
    .default(2048)
    .describe("Memory in MiB; NixOS needs 2048 to build itself."),
  swap: z.int().min(0).max(4194304).default(0).describe("Swap in MiB."),
  disk_gb: z
    .int()
    .min(1)
    .max(65536)
    .default(8)
    .describe("Root disk in GiB. It can grow at any time, without a restart; it never shrinks."),
});

const shape = {
  enable: z
    .boolean()
    .default(true)
    .describe("If false, the service is not created, or removed if it exists."),
  ip: z
    .ipv4()
    .meta({ examples: ["192.168.99.17"] })
    .describe(
      "Static address inside its network. Unless `vmid` is set, changing it creates a new container.",
    ),
  hostname: domainName
    .optional()
    .meta({ examples: ["notes.nixmox.lan"] })
    .describe("The host's own name. Derived: `<name>.<domain>`."),
  depends_on: z
    .array(name)
    .default([])
    .meta({ examples: [["miniflux"]] })
    .describe("Services that must be healthy first, beyond what `interface` already says."),
  ports: ports
    .optional()
    .meta({ examples: [[8080, { port: 1883, from: ["default"] }]] })
    .describe(
      'What it listens on; a number is a TCP port, and text such as "30000-30100" several in a row. Routes lead to the first TCP port. Nobody reaches a port but the proxy, where a route leads to it, services that depend on this one, and whom `from` names. Derived for a resolver (53), a database server (5432), a proxy (443 and 80), monitoring (9090), Authentik (9000) and Keycloak (8443, 4180).',
    ),
  provides: z
    .array(z.enum(roles))
    .optional()
    .meta({ examples: [["database"]] })
    .describe("Roles it plays for others. Derived from conventional service names."),
  vmid: z
    .int()
    .min(100)
    .max(maxVmid)
    .optional()
    .meta({ examples: [7017] })
    .describe(
      "Proxmox VE id. Derived: the stack's `nixmox:vmidBase` + the address's host number in the network; in `networks.NAME`, 1000 × the third number of `cidr` more, or 100000 × the second for a /16 and larger.",
    ),
  ...placement,
  resources: resources.prefault({}).describe("What the container may use."),
  ...storage,
  onboot: z.boolean().default(true).describe("Starts with its node."),
  reboot: reboot
    .optional()
    .meta({ examples: ["when_needed"] })
    .describe(
      "Whether a deployment may reboot its host for a system that cannot be activated while the host runs, such as one with another D-Bus. `never` refuses such a system. Derived: `reboot` at the top of the manifest.",
    ),
  start: z
    .literal(true, { error: "a stopped host cannot be configured; use enable = false" })
    .default(true)
    .describe("Only true is accepted; use `enable` to switch a service off."),
  stateful: z
    .boolean()
    .optional()
    .meta({ examples: [false] })
    .describe(
      "Its container holds data and is protected. Derived: false if its only roles are `dns` or `proxy` and it has no volumes, otherwise true.",
    ),
  unit: unit
    .optional()
    .meta({ examples: ["notes.service"] })
    .describe(
      "systemd unit of the service. Derived: that of its module, if it has one of those that come with NixMox, otherwise `<name>.service`.",
    ),
  modules: z
    .array(name)
    .optional()
    .meta({ examples: [["miniflux"]] })
    .describe("Folders of `nixos/modules` that its host imports. Derived: the service's name."),
  formerly: z
    .array(name)
    .default([])
    .describe("Its earlier names, oldest first: container, databases and state are kept."),
  version: z
    .string()
    .optional()
    .meta({ examples: ["17"] })
    .describe(
      "Version of its program, for modules that can choose one: of PostgreSQL and Nextcloud, the major version. For others a note for yourself. Shown in the container's description.",
    ),
  state_version: z
    .string()
    .regex(/^(2[1-9]|[3-9]\d)\.(05|11)$/, 'a release of NixOS such as "25.05"')
    .optional()
    .meta({ examples: ["25.05"] })
    .describe(
      "Release of NixOS whose defaults its data was created with, for a host whose data comes from an older one. Derived: the release it was first deployed with, which the host keeps.",
    ),
  interface: serviceInterface.prefault({}).describe("What it needs from others and offers them."),
};

export const service = z.strictObject(shape);

/** A service as it may be written. */
export const serviceInput = z.strictObject({
  ...shape,
  formerly: z
    .union([name, z.array(name)])
    .optional()
    .meta({ examples: ["memos"] })
    .describe("Its earlier name or names, oldest first: container, databases and state are kept."),
  interface: serviceInterfaceInput.prefault({}).describe(shape.interface.description!),
});
