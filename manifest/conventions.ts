import { z } from "zod";
import { isTable, valueAt } from "./issue";
import type { Normalized } from "./normalize";
import { tcpPorts } from "./resolve/tcpPorts";
import { type SignOnKind, signOnKinds } from "./schema/auth";
import { conventionalRoles } from "./schema/service";
import { zoneDomain } from "./schema/dns";
import { readPort } from "./schema/ports";
import { name } from "./schema/values";

/** What conventions add to a manifest, so that an identity provider needs an address alone. */
export interface Conventions {
  /** The manifest as it is read. */
  readonly data: unknown;
  /** Only what is added to the manifest as it is written. */
  readonly added: unknown;
}

type Table = Record<string, unknown>;

/** The identity provider that a service's modules run, if any. */
export function signOnKindOf(modules: readonly unknown[]): SignOnKind | undefined {
  return signOnKinds.find((kind) => modules.includes(kind));
}

/** Fills in what an identity provider's entry leaves to its conventions; whatever is written stays. */
export function addConventions({ data }: Pick<Normalized, "data">): Conventions {
  const tables = ["core_services", "services"].map((table): [string, Table] => {
    const services = valueAt(data, [table]);
    const added = Object.entries(isTable(services) ? services : {}).flatMap(([name, entry]) => {
      const convention = isTable(entry) ? conventionOf(data, name, entry) : undefined;
      return convention ? [[name, convention] as const] : [];
    });
    return [table, Object.fromEntries(added)];
  });
  const added = Object.fromEntries(tables.filter(([, table]) => Object.keys(table).length > 0));
  return { data: merge(added, data), added };
}

function conventionOf(data: unknown, service: string, entry: Table): Table | undefined {
  const { provides, enable } = entry;
  const isConventional =
    provides === undefined &&
    Object.hasOwn(conventionalRoles, service) &&
    conventionalRoles[service]!.includes("sso");
  const plays = Array.isArray(provides) ? provides.includes("sso") : isConventional;
  if (!plays || enable === false) return undefined;
  const modules = Array.isArray(entry.modules) ? (entry.modules as unknown[]) : [service];
  const kind = signOnKindOf(modules);
  return kind && ofKind[kind](entryOf(data, service, entry));
}

/** What an identity provider's conventions follow from; what is wrong is left out. */
interface Entry {
  readonly ip: string | undefined;
  /** Its TCP ports. */
  readonly ports: readonly number[];
  /** Its main route, and the name that this is published at. */
  readonly route: { readonly key: string; readonly domain: string | undefined };
  /** The key of its database. */
  readonly database: string;
  readonly outposts: Table;
}

function entryOf(data: unknown, service: string, entry: Table): Entry {
  const routes = tableAt(entry, ["interface", "routes"]);
  const key = mainRouteOf(Object.keys(routes));
  const base = valid(zoneDomain, valueAt(data, ["network", "domain"]));
  const derived = base && `${key === "default" ? service : key}.${base}`;
  const formerly = valid(name, valueAt(entry, ["formerly", 0]));
  const databases = tableAt(entry, ["interface", "dbs"]);
  return {
    ip: valid(z.ipv4(), entry.ip),
    ports: tcpPorts(
      (Array.isArray(entry.ports) ? (entry.ports as unknown[]) : []).flatMap(
        (each) => readPort(each) ?? [],
      ),
    ),
    route: { key, domain: valid(zoneDomain, valueAt(routes, [key, "domain"])) ?? derived },
    database: Object.keys(databases)[0] ?? formerly ?? service,
    outposts: tableAt(data, ["network", "outposts"]),
  };
}

function valid<T>(type: z.ZodType<T>, value: unknown): T | undefined {
  return type.safeParse(value).data;
}

/** The key of the route at which an identity provider is published. */
export function mainRouteOf(keys: readonly string[]): string {
  if (keys.includes("default")) return "default";
  return keys.find((key) => key !== signInRoute) ?? "default";
}

/** The route of Keycloak's companion, at which browsers sign in for what the proxy guards. */
const signInRoute = "oauth2";

/** The ports of an identity provider: its own, and that of what answers for the proxy besides. */
export const signOnPorts = { authentik: [9000], keycloak: [8443, 4180] } as const;

/** Seconds between attempts are 5: a first start fills an empty database, which takes minutes. */
const retries = 110;

/** Each of its processes keeps some connections open. */
const connections = 50;

const probe = "curl --fail --silent --max-time 5";

const ofKind: Readonly<Record<SignOnKind, (entry: Entry) => Table>> = {
  authentik: ({ ip, ports: [main = signOnPorts.authentik[0]], route, database, outposts }) => ({
    // What depends on it may reach these: the API, and the directory if there is one.
    ports: [main, ...(isTable(outposts.ldap) ? [3389, 6636] : [])],
    unit: "authentik.service",
    // Its server and its worker, and room for two versions of them.
    resources: { cores: 2, memory: 4096, disk_gb: 16 },
    interface: {
      dbs: { [database]: { connection_limit: connections } },
      routes: { [route.key]: {} },
      health: {
        readiness: ip && `${probe} http://${ip}:${main}/-/health/ready/`,
        retries,
      },
      secrets: {
        "secret-key": { length: 50, restart: ["authentik.service", "authentik-worker.service"] },
        "bootstrap-token": { length: 64, ...appliedBy("nixmox-authentik", "bootstrap-token") },
        "admin-password": appliedBy("nixmox-authentik", "admin-password"),
        ...(isTable(outposts.ldap) && {
          "ldap-token": { length: 64, restart: ["authentik-ldap.service"] },
        }),
        ...(isTable(outposts.radius) && {
          "radius-token": { length: 64, restart: ["authentik-radius.service"] },
          "radius-secret": { restart: ["authentik-radius.service"] },
        }),
      },
    },
  }),
  keycloak: ({
    ip,
    ports: [main = signOnPorts.keycloak[0], guard = signOnPorts.keycloak[1]],
    route,
    database,
  }) => ({
    ports: [main, guard],
    unit: "keycloak.service",
    resources: { cores: 2 },
    interface: {
      dbs: { [database]: { connection_limit: connections } },
      routes: {
        [route.key]: { upstream_tls: true },
        [signInRoute]: {
          domain: route.domain,
          path: "/oauth2",
          upstream: ip && `${ip}:${guard}`,
          upstream_tls: true,
        },
      },
      health: { readiness: `${probe} http://127.0.0.1:9000/health/ready`, retries },
      secrets: {
        "admin-password": appliedBy("nixmox-keycloak", "admin-password"),
        "bootstrap-secret": { length: 64, ...appliedBy("nixmox-keycloak", "bootstrap-secret") },
        "forward-auth-secret": { length: 64, restart: ["oauth2-proxy.service"] },
        "cookie-secret": { restart: ["oauth2-proxy.service"] },
      },
    },
  }),
};

/** A provider reads these only when its database is empty; later on, a program of its host sets them. */
function appliedBy(program: string, name: string) {
  return { apply: `${program} apply`, verify: `${program} verify ${name}` };
}

function tableAt(value: unknown, path: readonly string[]): Table {
  const found = valueAt(value, path);
  return isTable(found) ? found : {};
}

/** What is written, with what is added where nothing is. */
function merge(added: unknown, written: unknown): unknown {
  if (written === undefined) return added;
  if (!isTable(added) || !isTable(written)) return written;
  const keys = [...new Set([...Object.keys(written), ...Object.keys(added)])];
  return Object.fromEntries(
    keys.map((key) => [
      key,
      merge(
        Object.hasOwn(added, key) ? added[key] : undefined,
        Object.hasOwn(written, key) ? written[key] : undefined,
      ),
    ]),
  );
}
