import { z } from "zod";

/**
 * The manifest as a person writes it: its type, its defaults and the text that editors show.
 *
 * Values that follow from other values (an address's vmid, a service's domain) are not defaults of
 * one key; `resolve.ts` derives them, and each such key says so in its description.
 *
 * The file is not called schema.ts, for which Node would take schema.json, its output.
 */

/** What a service can provide to the others. Consumers look a provider up by role, not by name. */
export const roles = ["dns", "database", "proxy", "sso", "monitoring"] as const;
export type Role = (typeof roles)[number];

/** The roles that go without saying, by service name. */
export const conventionalRoles: Readonly<Record<string, Role[]>> = {
  dns: ["dns"],
  postgresql: ["database"],
  caddy: ["proxy"],
  authentik: ["sso"],
  monitoring: ["monitoring"],
};

const label = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";

const name = z
  .string()
  .regex(/^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/, "lower-case letters, digits and dashes, 32 at most");

const domainName = z
  .string()
  .max(253)
  .regex(new RegExp(`^${label}(\\.${label})+$`), 'a full domain name such as "git.nixmox.lan"');

const sqlName = z
  .string()
  .regex(/^[a-z_][a-z0-9_-]{0,62}$/, "lower-case letters, digits, _ and -, 63 at most");

const port = z.int().min(1).max(65535);

const seconds = z.int().min(1).max(86400);

const upstream = z
  .string()
  .regex(/^[a-z0-9.-]+:[0-9]{1,5}$/i, {
    error: 'an address and a port such as "192.168.99.14:8080"',
    abort: true,
  })
  .refine((value) => Number(value.split(":")[1]) <= 65535, "a port of at most 65535");

const publicKey = z
  .string()
  .regex(/^(ssh|ecdsa|sk-)[a-z0-9@.-]+ [A-Za-z0-9+/=]+( .*)?$/, "one line of an OpenSSH .pub file");

const unit = z
  .string()
  .regex(/^[A-Za-z0-9:_.@-]+\.(service|socket|timer|target)$/, 'a unit such as "caddy.service"');

export const database = z.strictObject({
  name: sqlName
    .optional()
    .meta({ examples: ["notes"] })
    .describe("Database name. Derived: the key in `dbs`, or the service's name with _ for -."),
  owner: sqlName
    .optional()
    .meta({ examples: ["notes"] })
    .describe("Role that owns the database. Derived: the database's name."),
  service: name
    .optional()
    .meta({ examples: ["postgresql"] })
    .describe(
      "Service that provides the database. Derived: the one with the role `database`; to be written where several have it.",
    ),
  host: z
    .ipv4()
    .optional()
    .meta({ examples: ["192.168.99.11"] })
    .describe("Address of the database server. Derived from `service`."),
  port: port
    .optional()
    .meta({ examples: [5432] })
    .describe("Port of the server. Derived: the providing service's port."),
  extensions: z
    .array(z.string().regex(/^[a-z_][a-z0-9_-]*$/, "an extension name such as pg_trgm"))
    .default([])
    .meta({ examples: [["pg_trgm"]] })
    .describe("PostgreSQL extensions to create in the database."),
  additionaldbs: z
    .array(sqlName)
    .default([])
    .meta({ examples: [["notes_archive"]] })
    .describe("Names of further databases of the same owner, without extensions."),
  on_remove: z
    .enum(["keep", "drop"])
    .default("keep")
    .meta({ examples: ["drop"] })
    .describe("What becomes of the data when the service leaves the manifest."),
  mode: z
    .literal("standalone")
    .optional()
    .describe("On the database service itself: it is a server, not a database of its own."),
  superuser: z
    .literal(false, { error: "no role of a service is a superuser" })
    .optional()
    .describe("Only false is accepted."),
});

const oidc = z.strictObject({
  client_id: z.string().min(1).optional().describe("Name of the client at the provider."),
  client_type: z
    .enum(["confidential", "public"])
    .default("confidential")
    .describe("A public client has no secret."),
  redirect_uris: z
    .array(z.url())
    .min(1)
    .meta({ examples: [["https://git.nixmox.lan/oauth2/callback"]] })
    .describe("Where the sign-in may return to."),
  scopes: z
    .array(z.string())
    .default(["openid", "email", "profile"])
    .describe("What the service may learn of a user."),
  username_claim: z
    .string()
    .default("preferred_username")
    .describe("Claim that holds the user name."),
  groups_claim: z.string().default("groups").describe("Claim that holds the groups."),
});

export const auth = z.strictObject({
  type: z.enum(["oidc", "forward_auth", "none"]).default("none").describe("How users sign in."),
  provider: z.literal("authentik").optional().describe("The only provider there is."),
  forward_auth_upstream: upstream
    .optional()
    .describe("Where sign-ins are checked; without effect, since the provider's address is known."),
  oidc: oidc.optional().describe("OpenID Connect client; needed where `type` is oidc."),
});

export const route = z.strictObject({
  domain: domainName
    .optional()
    .meta({ examples: ["notes.nixmox.lan"] })
    .describe(
      "Public name. Derived: `<name>.<network.domain>`; a named route's: `<route>.<domain>`.",
    ),
  path: z
    .string()
    .regex(/^\/[A-Za-z0-9/_.~-]*$/, 'a path such as "/" or "/api"')
    .default("/")
    .meta({ examples: ["/", "/api"] })
    .describe("The path below which the service answers."),
  upstream: upstream
    .optional()
    .meta({ examples: ["192.168.99.17:8080"] })
    .describe("Where requests go, as address:port. Derived: `<ip>:<first of ports>`."),
  tls: z.boolean().default(true).describe("HTTPS with a certificate of the internal CA."),
  authz: z.boolean().default(false).describe("Only signed-in users reach the route."),
  auth: auth.optional().describe("How users sign in here, if not as the service says."),
  public_paths: z
    .array(z.string().regex(/^\//, 'a path such as "/health"'))
    .default([])
    .meta({ examples: [["/health"]] })
    .describe("Paths that need no sign-in although `authz` is on."),
  extra_config: z
    .string()
    .default("")
    .meta({ examples: ["encode gzip"] })
    .describe("Further Caddy directives for this route."),
});

export const health = z.strictObject({
  startup: z
    .string()
    .min(1)
    .optional()
    .meta({ examples: ["systemctl is-active --quiet notes"] })
    .describe("Command that succeeds once the service is up. Derived: systemd's word for `unit`."),
  liveness: z
    .string()
    .min(1)
    .optional()
    .meta({ examples: ["curl --fail --silent http://192.168.99.17:8080/health"] })
    .describe("Command that succeeds while it serves. Derived: the same as `startup`."),
  interval: seconds.default(5).describe("Seconds between two tries."),
  timeout: seconds.default(60).describe("Seconds that one try may take."),
  retries: z.int().min(0).max(1000).default(24).describe("Tries after the first one."),
});

export const secret = z.strictObject({
  length: z.int().min(16).max(256).default(32).describe("Characters of the generated value."),
  owner: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]{0,31}$/, "a user name")
    .default("root")
    .meta({ examples: ["notes"] })
    .describe("User who may read the file; systemd credentials need only root."),
  mode: z
    .string()
    .regex(/^0[0-7][0-7]0$/, 'an octal mode that gives others nothing, such as "0400" or "0440"')
    .default("0400")
    .meta({ examples: ["0400"] })
    .describe("The file's mode."),
  restart: z
    .array(unit)
    .optional()
    .meta({ examples: [["notes.service"]] })
    .describe("Units that restart when the value changes. Derived: the service's `unit`."),
});

const terraform = z
  .strictObject({
    modules: z.array(z.string()).optional().describe("Without effect."),
    targets: z.array(z.string()).optional().describe("Without effect."),
    variables: z.record(z.string(), z.json()).optional().describe("Without effect."),
  })
  .describe("Of the Terraform days; without effect.");

const serviceInterface = z.strictObject({
  db: database.optional().describe("The service's one database."),
  dbs: z.record(name, database).optional().describe("Several databases, by key."),
  auth: auth.prefault({}).describe("How users sign in, at all of its routes."),
  proxy: z
    .union([route, z.record(name, route)])
    .optional()
    .describe("The service's route, or several by name."),
  health: health.prefault({}).describe("How one can tell that it is up, and for how long to try."),
  secrets: z
    .record(name, secret)
    .default({})
    .describe("Generated secrets that the service reads from files, by name."),
  terraform: terraform.optional(),
});

export const resources = z.strictObject({
  cores: z.int().min(1).max(512).default(1).describe("CPU cores."),
  memory: z
    .int()
    .min(64)
    .max(4194304)
    .default(2048)
    .describe("Memory in MiB; NixOS takes 2048 to build itself."),
  swap: z.int().min(0).max(4194304).default(0).describe("Swap in MiB."),
  disk_gb: z.int().min(1).max(65536).default(8).describe("Root disk in GiB."),
});

export const service = z.strictObject({
  enable: z.boolean().default(true).describe("Off: nothing of it is made, and it is removed."),
  ip: z
    .ipv4()
    .meta({ examples: ["192.168.99.17"] })
    .describe(
      "Static address inside `network.network_cidr`. Unless `vmid` is written, another one makes another container.",
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
  ports: z
    .array(port)
    .default([])
    .meta({ examples: [[8080]] })
    .describe("TCP ports it serves; the first is the route's."),
  provides: z
    .array(z.enum(roles))
    .optional()
    .meta({ examples: [["database"]] })
    .describe("Roles it plays for others. Derived from the conventional names."),
  vmid: z
    .int()
    .min(100)
    .max(999999999)
    .optional()
    .meta({ examples: [117] })
    .describe("Proxmox VE id. Derived: 100 + the address's number in the network."),
  node: z
    .string()
    .regex(/^[A-Za-z0-9-]+$/, "the name of a Proxmox VE node")
    .optional()
    .meta({ examples: ["pve1"] })
    .describe("Proxmox VE node. Derived: `nixmox:node` of the stack."),
  resources: resources.prefault({}).describe("What the container may use."),
  onboot: z.boolean().default(true).describe("Starts with its node."),
  start: z
    .literal(true, { error: "a stopped host cannot be configured; use enable = false" })
    .default(true)
    .describe("Only true is accepted; `enable` switches a service off."),
  stateful: z
    .boolean()
    .optional()
    .meta({ examples: [false] })
    .describe("Its container holds data and is protected. Derived: true unless it only routes."),
  unit: unit
    .optional()
    .meta({ examples: ["notes.service"] })
    .describe("systemd unit that is the service. Derived: `<name>.service`."),
  formerly: z
    .union([name, z.array(name).min(1)])
    .optional()
    .meta({ examples: ["memos"] })
    .describe("Its earlier name, or names, oldest first: container, databases and state are kept."),
  version: z
    .string()
    .optional()
    .meta({ examples: ["2.1"] })
    .describe("A note of yours, shown in the container's description."),
  interface: serviceInterface.prefault({}).describe("What it needs of others and offers to them."),
});

const outposts = z.strictObject({
  ldap: z
    .strictObject({ base_dn: z.string().min(1).describe("Base of the tree.") })
    .optional()
    .describe("LDAP outpost."),
  radius: z
    .strictObject({
      client_networks: z.array(z.cidrv4()).default([]).describe("Who may ask."),
    })
    .optional()
    .describe("RADIUS outpost."),
});

export const network = z.strictObject({
  domain: domainName
    .meta({ examples: ["nixmox.lan"] })
    .describe("The homelab's domain; hosts and routes are named below it."),
  network_cidr: z
    .cidrv4()
    .meta({ examples: ["192.168.99.0/24"] })
    .describe("The network that all hosts live in."),
  gateway: z
    .ipv4()
    .meta({ examples: ["192.168.99.1"] })
    .describe("Router of the network."),
  dns_server: z
    .ipv4()
    .optional()
    .meta({ examples: ["192.168.99.13"] })
    .describe("Resolver of the hosts. Derived: the role `dns`."),
  dns_forwarders: z
    .array(z.ipv4())
    .default([])
    .meta({ examples: [["9.9.9.9"]] })
    .describe("Resolvers for all other names. Empty: the DNS host asks the root servers."),
  outposts: outposts.optional().describe("LDAP and RADIUS outposts; without effect so far."),
  vlan_tag: z
    .int()
    .min(1)
    .max(4094)
    .optional()
    .meta({ examples: [99] })
    .describe("VLAN of the containers."),
  ssh_from: z
    .array(z.cidrv4())
    .min(1)
    .default(["0.0.0.0/0"])
    .meta({ examples: [["192.168.1.0/24"]] })
    .describe("Networks that may reach the hosts' SSH, where only keys are accepted."),
  ssh_keys: z
    .union([z.array(publicKey), z.record(z.string(), z.array(publicKey))])
    .default([])
    .meta({ examples: [["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI... admin@laptop"]] })
    .describe("Public keys that may log in as root, as a list or by person."),
});

/** The whole manifest. Unknown keys are errors. */
export const document = z.strictObject({
  $schema: z.string().optional().describe("For editors only."),
  network: network.describe("The network that all hosts live in."),
  core_services: z.record(name, service).default({}).describe("What the others stand on."),
  services: z.record(name, service).default({}).describe("The applications."),
  health_check_timeout: seconds.default(600).describe("Seconds that one health gate may take."),
  retry_attempts: z.int().min(1).max(100).default(1).describe("Tries of a host's build."),
  retry_delay: seconds.default(15).describe("Seconds between two tries of a build."),
  deployment_phases: z
    .record(z.string(), z.array(z.string()))
    .optional()
    .describe("Without effect: the order follows from what services use."),
  enable_health_monitoring: z.boolean().optional().describe("Without effect: always on."),
  enable_dependency_graphing: z.boolean().optional().describe("Without effect: `manifest graph`."),
  enable_deployment_logging: z.boolean().optional().describe("Without effect: Pulumi keeps a log."),
  enable_rollback: z.boolean().optional().describe("Without effect: generations are always kept."),
});

/** A manifest that passed the schema: defaults filled in, nothing derived yet. */
export type Document = z.output<typeof document>;
export type DocumentService = z.output<typeof service>;
export type DocumentRoute = z.output<typeof route>;
export type DocumentDatabase = z.output<typeof database>;
export type Health = z.output<typeof health>;
export type Resources = z.output<typeof resources>;

/** Keys that are accepted and do nothing, and why. `*` stands for any one key. */
export const inertKeys: ReadonlyArray<readonly [path: string, why: string]> = [
  ["core_services.*.interface.terraform", "Pulumi makes what Terraform made"],
  ["services.*.interface.terraform", "Pulumi makes what Terraform made"],
  ...["core_services.*", "services.*"].flatMap((service) =>
    ["auth", "proxy.auth", "proxy.*.auth"].map(
      (auth) =>
        [
          `${service}.interface.${auth}.forward_auth_upstream`,
          "the provider's address is known",
        ] as const,
    ),
  ),
  ["network.outposts", "outposts come with single sign-on, which is not made yet"],
  ["deployment_phases", "the order follows from what services use"],
  ["enable_health_monitoring", "health is always checked"],
  ["enable_dependency_graphing", "the graph can always be drawn"],
  ["enable_deployment_logging", "Pulumi always keeps a log"],
  ["enable_rollback", "earlier generations are always kept"],
];
