import { z } from "zod";
import { externalRoute } from "./externalRoutes";
import { health, healthInput, serviceInterface, serviceInterfaceInput } from "./contracts";
import { device } from "./dns";
import { network, networkInput } from "./network";
import { networks, nodes } from "./networks";
import { group, user } from "./people";
import { service, serviceInput } from "./service";
import { groupName, name, reboot, seconds, userName } from "./values";

/**
 * The manifest's schema: its type, its defaults and the text that editors show. It exists in two forms:
 * `manifest` is the form that the program reads, after `normalize.ts` has replaced the short forms;
 * `manifestInput` is what a person may write.
 *
 * Values that follow from other values (an address's vmid, a service's domain) are not defaults of
 * one key; `resolve/` derives them, and each such key says so in its description.
 */
const shape = {
  $schema: z.string().optional().describe("For editors only."),
  network: network.describe("The network that hosts are in by default, and what holds for all."),
  networks: networks
    .default({})
    .describe("Further networks by name, each with its own addresses, router, bridge and VLAN."),
  nodes: nodes.default({}).describe("What differs between the nodes of Proxmox VE, by node."),
  core_services: z
    .record(name, service)
    .default({})
    .describe(
      "Services that the others build on. An identity provider, `authentik` or `keycloak`, needs nothing but an address: the rest follows from conventions.",
    ),
  services: z.record(name, service).default({}).describe("The applications."),
  routes: z
    .record(name, externalRoute)
    .default({})
    .describe(
      "Public names of what is no container of the manifest: a NAS, a router, Proxmox VE's own page.",
    ),
  devices: z
    .record(name, device)
    .default({})
    .describe("What has an address and is no container; the DNS service knows it by its name."),
  groups: z
    .record(groupName, group)
    .default({})
    .describe("Groups of users, which `interface.auth.groups` lets in."),
  users: z
    .record(userName, user)
    .default({})
    .describe("The first users; others can be added at the identity provider."),
  not_secret: z
    .array(z.string())
    .default([])
    .meta({ examples: [["services.notes.interface.health.readiness"]] })
    .describe(
      "Paths of values that look like a secret in plain text and are none, as the error shows them. Each excuses this one value; one that excuses nothing is refused.",
    ),
  health_check_timeout: seconds.default(600).describe("Seconds that one health gate may take."),
  retry_attempts: z.int().min(1).max(100).default(1).describe("Attempts at building a host."),
  retry_delay: seconds.default(15).describe("Seconds between two attempts at a build."),
  reboot: reboot
    .default("never")
    .describe(
      "Whether deployments may reboot hosts for systems that cannot be activated while a host runs; `services.NAME.reboot` decides it for one.",
    ),
  deployment_phases: z
    .record(z.string(), z.array(z.string()))
    .optional()
    .describe("Without effect: the order follows from what services use."),
  enable_health_monitoring: z.boolean().optional().describe("Without effect: always on."),
  enable_dependency_graphing: z.boolean().optional().describe("Without effect: `manifest graph`."),
  enable_deployment_logging: z.boolean().optional().describe("Without effect: Pulumi keeps a log."),
  enable_rollback: z
    .boolean()
    .optional()
    .describe("Without effect: the last generations are kept."),
};

export const manifest = z.strictObject(shape);

/** The whole manifest as it may be written. Unknown keys are errors. */
export const manifestInput = z.strictObject({
  ...shape,
  network: networkInput.describe(shape.network.description!),
  core_services: z
    .record(name, serviceInput)
    .default({})
    .describe(shape.core_services.description!),
  services: z.record(name, serviceInput).default({}).describe(shape.services.description!),
});

/** The keys of tables that only the written form has. */
export const shortForms: ReadonlyMap<z.ZodObject, readonly string[]> = new Map<
  z.ZodObject,
  string[]
>([
  [serviceInterface, keysBeyond(serviceInterfaceInput, serviceInterface)],
  [health, keysBeyond(healthInput, health)],
]);

function keysBeyond(input: z.ZodObject, normal: z.ZodObject): string[] {
  return Object.keys(input.shape).filter((key) => !Object.hasOwn(normal.shape, key));
}

/** A normalized manifest with its defaults, before anything is derived. */
export type NormalManifest = z.output<typeof manifest>;
export type NormalService = z.output<typeof service>;
export type Auth = NormalService["interface"]["auth"];
export type ExternalRouteInput = NormalManifest["routes"][string];
export type DeviceInput = NormalManifest["devices"][string];
export type GroupInput = NormalManifest["groups"][string];
export type UserInput = NormalManifest["users"][string];
export type Resources = NormalService["resources"];
