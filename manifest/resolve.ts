import ipaddr from "ipaddr.js";
import {
  conventionalRoles,
  type Document,
  type DocumentDatabase,
  type DocumentRoute,
  type DocumentService,
  type Health,
  type Role,
} from "./manifestSchema";

/** A database that a service uses, complete. */
export interface Database {
  name: string;
  owner: string;
  service: string;
  host: string;
  port: number;
  extensions: string[];
  additionaldbs: string[];
  on_remove: "keep" | "drop";
}

/** A public name and path of a service, complete. */
export interface Route {
  domain: string;
  path: string;
  upstream: string;
  tls: boolean;
  authz: boolean;
  auth?: DocumentService["interface"]["auth"] | undefined;
  public_paths: string[];
  extra_config: string;
}

/** A generated secret of a service, complete. */
export interface Secret {
  length: number;
  owner: string;
  mode: string;
  restart: string[];
}

/** One enabled service with every value that it has, whether written, defaulted or derived. */
export interface Service extends Omit<
  DocumentService,
  "hostname" | "provides" | "vmid" | "stateful" | "unit" | "formerly" | "interface"
> {
  name: string;
  /** Whether it stands under `core_services`. */
  core: boolean;
  /** The host's own full name. */
  hostname: string;
  provides: Role[];
  vmid: number;
  stateful: boolean;
  /** The systemd unit that is the service. */
  unit: string;
  /** Its earlier names, oldest first. */
  formerly: string[];
  interface: {
    dbs: Record<string, Database>;
    proxy: Record<string, Route>;
    auth: DocumentService["interface"]["auth"];
    health: Required<Health>;
    secrets: Record<string, Secret>;
  };
}

/** The network, complete. */
export interface Network extends Omit<Document["network"], "dns_server" | "ssh_keys"> {
  dns_server: string;
  ssh_keys: string[];
}

/** What a valid manifest says, in full: enabled services only, sorted by name. */
export interface Manifest {
  network: Network;
  services: Service[];
  /** Names of the services that are switched off. */
  disabled: string[];
  health_check_timeout: number;
  retry_attempts: number;
  retry_delay: number;
}

/** The service's entries of both tables, with their place. */
export function entriesOf(
  document: Document,
): { name: string; core: boolean; entry: DocumentService }[] {
  const of = (table: Record<string, DocumentService>, core: boolean) =>
    Object.entries(table).map(([name, entry]) => ({ name, core, entry }));
  return [...of(document.core_services, true), ...of(document.services, false)];
}

/** The roles of a service: as written, else by its name. */
export function rolesOf(name: string, entry: DocumentService): Role[] {
  return entry.provides ?? (Object.hasOwn(conventionalRoles, name) ? conventionalRoles[name]! : []);
}

/** Whether `proxy` is one route rather than several by name. */
export function isSingleRoute(
  proxy: DocumentRoute | Record<string, DocumentRoute>,
): proxy is DocumentRoute {
  return Object.values(proxy).some((value) => typeof value !== "object" || Array.isArray(value));
}

/** Whether users sign in anywhere at a service, be it at one of its routes alone. */
export function hasSignIn({ interface: contracts }: Service): boolean {
  const routes = Object.values(contracts.proxy);
  return [contracts.auth, ...routes.map(({ auth }) => auth)].some((a) => a && a.type !== "none");
}

/** Fills in every derived value of a checked document. */
export function resolve(document: Document): Manifest {
  const all = entriesOf(document).filter(({ entry }) => entry.enable);
  const provider = (role: Role) =>
    all.find(({ name, entry }) => rolesOf(name, entry).includes(role));
  const { ssh_keys, ...network } = document.network;
  return {
    network: {
      ...network,
      dns_server: network.dns_server ?? provider("dns")?.entry.ip ?? network.gateway,
      ssh_keys: [
        ...new Set(
          Array.isArray(ssh_keys)
            ? ssh_keys
            : Object.keys(ssh_keys)
                .sort()
                .flatMap((person) => ssh_keys[person]!),
        ),
      ],
    },
    services: all
      .map(({ name, core, entry }) => resolveService(document, name, core, entry))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    disabled: entriesOf(document)
      .filter(({ entry }) => !entry.enable)
      .map(({ name }) => name)
      .sort(),
    health_check_timeout: document.health_check_timeout,
    retry_attempts: document.retry_attempts,
    retry_delay: document.retry_delay,
  };
}

function resolveService(
  document: Document,
  name: string,
  core: boolean,
  entry: DocumentService,
): Service {
  const { interface: contracts, ...rest } = entry;
  const provides = rolesOf(name, entry);
  const proxy = routesOf(document, name, entry);
  const unit = entry.unit ?? `${name}.service`;
  const isActive = `systemctl is-active --quiet ${unit.replace(/\.service$/, "")}`;
  const startup = contracts.health.startup ?? isActive;
  return {
    ...rest,
    name,
    core,
    hostname: hostnameOf(document, name, entry),
    ports: portsOf(name, entry),
    unit,
    formerly: formerNames(entry),
    provides,
    vmid: entry.vmid ?? 100 + hostNumber(entry.ip, document.network.network_cidr),
    stateful: entry.stateful ?? !(provides.length > 0 && provides.every(isStateless)),
    interface: {
      dbs: databasesOf(document, name, entry),
      proxy,
      auth: contracts.auth,
      health: { ...contracts.health, startup, liveness: contracts.health.liveness ?? startup },
      secrets: Object.fromEntries(
        Object.entries(contracts.secrets).map(([key, secret]) => [
          key,
          { ...secret, restart: secret.restart ?? [unit] },
        ]),
      ),
    },
  };
}

/** Roles whose hosts can be made anew from the manifest alone. */
function isStateless(role: Role): boolean {
  return role === "dns" || role === "proxy";
}

/** The host's name; it gives way to a route of the same name, which is what people type. */
export function hostnameOf(document: Document, name: string, entry: DocumentService): string {
  const { domain } = document.network;
  const hostname = entry.hostname ?? `${name}.${domain}`;
  const routes = Object.values(routesOf(document, name, entry));
  const taken = routes.some((route) => route.domain === hostname);
  return taken ? `${name}.host.${domain}` : hostname;
}

/** A service's databases by key. A database server has none of its own. */
function databasesOf(
  document: Document,
  name: string,
  entry: DocumentService,
): Record<string, Database> {
  if (rolesOf(name, entry).includes("database")) return {};
  const { db, dbs = {} } = entry.interface;
  // A renamed service keeps the database that was called after it.
  const all: Record<string, DocumentDatabase> = db
    ? { [databaseKey(name, entry)]: db, ...dbs }
    : dbs;
  return Object.fromEntries(
    Object.entries(all).map(([key, database]) => {
      const server = databaseServer(document, database.service);
      const databaseName = database.name ?? key.replaceAll("-", "_");
      return [
        key,
        {
          name: databaseName,
          owner: database.owner ?? databaseName,
          service: server?.name ?? "",
          host: server?.entry.ip ?? "",
          port: database.port ?? server?.port ?? 5432,
          extensions: database.extensions,
          additionaldbs: database.additionaldbs,
          on_remove: database.on_remove,
        },
      ];
    }),
  );
}

function databaseServer(document: Document, wanted: string | undefined) {
  const found = entriesOf(document)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .find(({ name, entry }) =>
      wanted ? name === wanted : entry.enable && rolesOf(name, entry).includes("database"),
    );
  return found && { ...found, port: databasePort(found.entry) };
}

/** A service's earlier names, oldest first. */
export function formerNames({ formerly = [] }: DocumentService): string[] {
  return Array.isArray(formerly) ? formerly : [formerly];
}

/** What the single form of `db` is called: the service's first name, whatever it is called now. */
export function databaseKey(name: string, entry: DocumentService): string {
  return formerNames(entry)[0] ?? name;
}

/** A service's ports; a database server's may stand in its `interface.db` alone. */
function portsOf(name: string, entry: DocumentService): number[] {
  if (entry.ports.length > 0 || !rolesOf(name, entry).includes("database")) return entry.ports;
  return [databasePort(entry)];
}

/** The port on which a database service listens. */
export function databasePort(entry: DocumentService): number {
  return entry.interface.db?.port ?? entry.ports[0] ?? 5432;
}

/** A service's routes by name, without those that lead to a database port. */
function routesOf(document: Document, name: string, entry: DocumentService): Record<string, Route> {
  return Object.fromEntries(
    namedRoutes(entry)
      .map(([key, route]) => [key, resolveRoute(document, name, entry, key, route)] as const)
      .filter(([, route]) => !isDatabaseRoute(name, entry, route)),
  );
}

/** Whether a route leads to the service's own database port, which speaks no HTTP. */
export function isDatabaseRoute(name: string, entry: DocumentService, route: Route): boolean {
  return (
    rolesOf(name, entry).includes("database") &&
    route.upstream === `${entry.ip}:${databasePort(entry)}`
  );
}

/** The routes as written, by name; the single form is called `default`. */
export function namedRoutes(entry: DocumentService): [string, DocumentRoute][] {
  const { proxy } = entry.interface;
  if (!proxy) return [];
  return isSingleRoute(proxy) ? [["default", proxy]] : Object.entries(proxy);
}

/** One route, complete. Without ports and upstream, it leads to port 80. */
export function resolveRoute(
  document: Document,
  name: string,
  entry: DocumentService,
  key: string,
  route: DocumentRoute,
): Route {
  return {
    ...route,
    domain: route.domain ?? `${key === "default" ? name : key}.${document.network.domain}`,
    upstream: route.upstream ?? `${entry.ip}:${entry.ports[0] ?? 80}`,
  };
}

/** The address that people type for a route. */
export function routeUrl({ tls, domain, path }: Route): string {
  return `${tls ? "https" : "http"}://${domain}${path}`;
}

/** The number of an address within its network: 11 for 192.168.99.11 in 192.168.99.0/24. */
export function hostNumber(ip: string, cidr: string): number {
  return toNumber(ip) - toNumber(ipaddr.IPv4.networkAddressFromCIDR(cidr).toString());
}

/** An IPv4 address as a number. */
export function toNumber(ip: string): number {
  return ipaddr.IPv4.parse(ip)
    .toByteArray()
    .reduce((sum, byte) => sum * 256 + byte, 0);
}

/** A number as an IPv4 address. */
export function toAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join(".");
}
