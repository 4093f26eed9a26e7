import { closest, distance } from "fastest-levenshtein";
import ipaddr from "ipaddr.js";
import { formatPath, type Issue, type Path } from "./issues";
import {
  entriesOf,
  formerNames,
  hostNumber,
  isDatabaseRoute,
  namedRoutes,
  ownHostname,
  resolve,
  resolveRoute,
  rolesOf,
  toAddress,
  toNumber,
} from "./resolve";
import type { Document, DocumentService, Role } from "./manifestSchema";

/** An entry with the path at which it stands. */
interface Entry {
  readonly name: string;
  readonly core: boolean;
  readonly entry: DocumentService;
  readonly path: Path;
}

/** Everything that the schema cannot say because it takes more than one key to see it. */
export function check(document: Document): Issue[] {
  const entries = entriesOf(document).map((each) => ({
    ...each,
    path: [each.core ? "core_services" : "services", each.name] as Path,
  }));
  const enabled = entries.filter(({ entry }) => entry.enable);
  const names = checkNames(entries);
  if (names.length > 0) return [...checkNetwork(document), ...names];
  return [
    ...checkNetwork(document),
    ...checkFormerNames(entries),
    ...enabled.flatMap((each) => checkAddress(document, each)),
    ...enabled.flatMap((each) => checkDomains(document, each)),
    ...enabled.flatMap((each) => checkSecretNames(each)),
    ...enabled.flatMap((each) => checkServerPort(each)),
    ...checkUnique(document, enabled),
    ...checkOwners(document),
    ...enabled.flatMap((each) => checkDependencies(each, entries)),
    ...enabled.flatMap((each) => checkNeeds(document, each, enabled)),
    ...checkProviders(enabled),
  ];
}

/** Where a route stands: the single form has no name of its own. */
function routePath(path: Path, key: string): Path {
  return [...path, "interface", "proxy", ...(key === "default" ? [] : [key])];
}

/** The wanted name's nearest neighbour, as a question to append to a message. */
export function didYouMean(wanted: string, known: readonly string[]): string {
  if (known.length === 0 || wanted.length > 64) return "";
  const near = closest(wanted, known);
  return distance(wanted, near) <= Math.max(2, wanted.length / 3) ? ` Did you mean "${near}"?` : "";
}

function checkNetwork({ network }: Document): Issue[] {
  return (["gateway", "dns_server"] as const).flatMap((key) => {
    const address = network[key];
    if (address === undefined || isInside(address, network.network_cidr)) return [];
    return [{ path: ["network", key], message: outside(address, network.network_cidr) }];
  });
}

function isInside(address: string, cidr: string): boolean {
  return ipaddr.IPv4.parse(address).match(ipaddr.IPv4.parseCIDR(cidr));
}

function outside(address: string, cidr: string): string {
  return `${address} is outside of network.network_cidr, ${cidr}. Use an address inside of it.`;
}

/** A former name must be free, or two services would claim one container. */
function checkFormerNames(entries: Entry[]): Issue[] {
  const names = new Set(entries.map(({ name }) => name));
  return entries.flatMap(({ entry, path }) =>
    formerNames(entry)
      .filter((former) => names.has(former))
      .map((former) => ({
        path: [...path, "formerly"],
        message: `a service is called "${former}" now. Remove formerly, or rename that one.`,
      })),
  );
}

function checkNames(entries: Entry[]): Issue[] {
  const core = new Set(entries.filter((each) => each.core).map(({ name }) => name));
  return entries
    .filter((each) => !each.core && core.has(each.name))
    .map(({ path, name }) => ({
      path,
      message: `core_services has a service "${name}" too. Give one of them another name.`,
    }));
}

function checkAddress({ network }: Document, { entry, path }: Entry): Issue[] {
  const cidr = network.network_cidr;
  const at = [...path, "ip"];
  if (!isInside(entry.ip, cidr)) return [{ path: at, message: outside(entry.ip, cidr) }];
  if (entry.ip === network.gateway) {
    return [{ path: at, message: `${entry.ip} is the gateway's. ${suggestAddress(network)}` }];
  }
  const number = hostNumber(entry.ip, cidr);
  const last = 2 ** (32 - ipaddr.IPv4.parseCIDR(cidr)[1]) - 1;
  if (number === 0 || number === last) {
    const what = number === 0 ? "the network's own" : "the broadcast address";
    return [{ path: at, message: `${entry.ip} is ${what}. ${suggestAddress(network)}` }];
  }
  return [];
}

/** Hosts and TLS routes lie below the one domain that the internal CA may certify. */
function checkDomains(document: Document, { name, entry, path }: Entry): Issue[] {
  const below = `.${document.network.domain}`;
  const issues: Issue[] = [];
  if (entry.hostname !== undefined && !entry.hostname.endsWith(below)) {
    const message = `${entry.hostname} is not below ${document.network.domain}. Use a name that is.`;
    issues.push({ path: [...path, "hostname"], message });
  }
  for (const [key, route] of namedRoutes(entry)) {
    const at = routePath(path, key);
    const { domain, tls, upstream } = resolveRoute(document, name, entry, key, route);
    if (tls && !domain.endsWith(below)) {
      const message =
        `${domain} is not below ${document.network.domain}, for which alone the internal CA may ` +
        "sign. Use a name that is, or set tls = false.";
      issues.push({ path: [...at, "domain"], message });
    }
    if (route.upstream === undefined && entry.ports.length === 0) {
      const message = "leads to no port. Add ports to the service, or upstream here.";
      issues.push({ path: at, message });
    }
    if (upstream.split(":")[0] !== entry.ip) {
      const message = `${upstream} is not on this service's host. Use ${entry.ip} and a port.`;
      issues.push({ path: [...at, "upstream"], message });
    }
  }
  return issues;
}

/** File names of secrets that the project writes itself. */
function checkSecretNames({ entry, path }: Entry): Issue[] {
  return Object.keys(entry.interface.secrets)
    .filter((key) => key === "ca-key" || key.startsWith("database-"))
    .map((key) => ({
      path: [...path, "interface", "secrets", key],
      message: `secrets called so are made by NixMox itself. Use another name.`,
    }));
}

function checkServerPort({ name, entry, path }: Entry): Issue[] {
  const [port, ours] = [entry.interface.db?.port, entry.ports[0]];
  if (!rolesOf(name, entry).includes("database") || !port || !ours || port === ours) return [];
  const message = `the server listens on ${ours}, the first of its ports. Remove this one.`;
  return [{ path: [...path, "interface", "db", "port"], message }];
}

function suggestAddress({ network_cidr: cidr, gateway }: Document["network"]): string {
  const first = toNumber(ipaddr.IPv4.networkAddressFromCIDR(cidr).toString()) + 10;
  const free = toAddress(first) === gateway ? toAddress(first + 1) : toAddress(first);
  return `Use another one inside of ${cidr}${isInside(free, cidr) ? `, such as ${free}` : ""}.`;
}

/** Values that no two services may share. */
function checkUnique(document: Document, enabled: Entry[]): Issue[] {
  const seen = new Map<string, Path>();
  const issues: Issue[] = [];
  const claim = (what: string, value: string, path: Path, owner: Path = path) => {
    const first = seen.get(`${what} ${value}`);
    if (!first) {
      seen.set(`${what} ${value}`, owner);
      return true;
    }
    if (formatPath(first) !== formatPath(owner)) {
      const message = `${what} ${value} is already taken by ${formatPath(first)}. Use another one.`;
      issues.push({ path, message });
    }
    return false;
  };
  for (const { name, entry, path } of enabled) {
    const ownAddress = claim("address", entry.ip, [...path, "ip"]);
    const { network_cidr: cidr, dns_server: dns } = document.network;
    if (dns === entry.ip && !rolesOf(name, entry).includes("dns")) {
      const message = `${dns} is network.dns_server, but ${name} does not provide dns. Use another one.`;
      issues.push({ path: [...path, "ip"], message });
    }
    // A derived vmid can only be taken by a written one, or where the address is taken already.
    const derived = isInside(entry.ip, cidr) && ownAddress ? 100 + hostNumber(entry.ip, cidr) : 0;
    if (entry.vmid) claim("vmid", String(entry.vmid), [...path, "vmid"]);
    else if (derived) claim("vmid", String(derived), [...path, "ip"]);
    claim("hostname", ownHostname(document, name, entry), [...path, "hostname"]);
    const routes = namedRoutes(entry).map(
      ([key, route]) => [key, resolveRoute(document, name, entry, key, route)] as const,
    );
    for (const [key, route] of routes) {
      const at = routePath(path, key);
      claim("domain", route.domain, [...at, "domain"], path);
      claim(`path ${route.path} of ${name} at`, route.domain, [...at, "path"]);
    }
  }
  return [...issues, ...checkHostnamesAgainstRoutes(document, enabled)];
}

/** A role has one password, so it owns the databases of one entry; `additionaldbs` adds to them. */
function checkOwners(document: Document): Issue[] {
  const seen = new Map<string, string>();
  return resolve(document).services.flatMap(({ name, core, formerly, interface: { dbs } }) =>
    Object.entries(dbs).flatMap(([key, database]) => {
      const single = key === (formerly[0] ?? name);
      const path = [core ? "core_services" : "services", name, "interface"];
      const at = [...path, ...(single ? ["db"] : ["dbs", key])];
      return [
        ["role", database.owner] as const,
        ...[database.name, ...database.additionaldbs].map((each) => ["database", each] as const),
      ].flatMap(([what, value]) => {
        const id = `${what} ${value} of ${database.service}`;
        const first = seen.get(id);
        seen.set(id, first ?? formatPath(at));
        if (first === undefined) return [];
        const advice =
          what === "role" ? "Use another one, or additionaldbs there." : "Use another one.";
        return [{ path: at, message: `${what} ${value} is already taken by ${first}. ${advice}` }];
      });
    }),
  );
}

/** A service's host may be called like its own route, never like another service's. */
function checkHostnamesAgainstRoutes(document: Document, enabled: Entry[]): Issue[] {
  const hosts = new Map(
    enabled.map(({ name, entry }) => [ownHostname(document, name, entry), name]),
  );
  return enabled.flatMap(({ name, entry, path }) =>
    namedRoutes(entry).flatMap(([key, route]) => {
      const { domain } = resolveRoute(document, name, entry, key, route);
      const other = hosts.get(domain);
      const itsOwn = enabled.some(
        (each) =>
          each.name === other &&
          namedRoutes(each.entry).some(
            ([k, r]) => resolveRoute(document, each.name, each.entry, k, r).domain === domain,
          ),
      );
      if (other === undefined || other === name || itsOwn) return [];
      const at = [...routePath(path, key), "domain"];
      return [{ path: at, message: `${domain} is the hostname of ${other}. Use another domain.` }];
    }),
  );
}

function checkDependencies({ name, entry, path }: Entry, entries: Entry[]): Issue[] {
  return entry.depends_on.flatMap((wanted, i) => {
    const at = [...path, "depends_on", i];
    if (wanted === name) {
      return [{ path: at, message: `${name} depends on itself. Remove the entry.` }];
    }
    const found = entries.find((other) => other.name === wanted);
    if (!found) {
      const hint = didYouMean(
        wanted,
        entries.map((other) => other.name),
      );
      return [{ path: at, message: `there is no service "${wanted}".${hint || " Add it."}` }];
    }
    if (!found.entry.enable) {
      const message = `${wanted} is not enabled. Set enable = true in ${formatPath(found.path)}.`;
      return [{ path: at, message }];
    }
    return [];
  });
}

/** What a service uses must be provided by an enabled service. */
function checkNeeds(document: Document, each: Entry, enabled: Entry[]): Issue[] {
  const { name, entry, path } = each;
  const issues: Issue[] = [];
  const provided = (role: Role) =>
    enabled.some((other) => rolesOf(other.name, other.entry).includes(role));
  const need = (role: Role, at: Path, what: string, example: string) => {
    if (!provided(role)) {
      const message = `${what} needs a service that provides ${role}. Add [core_services.${example}].`;
      issues.push({ path: [...path, "interface", ...at], message });
    }
  };
  const { db, dbs, auth } = entry.interface;
  if (!rolesOf(name, entry).includes("database")) {
    if (db) need("database", ["db"], "a database", "postgresql");
    for (const [key, database] of Object.entries({ ...(db && { db }), ...dbs })) {
      const at = [...path, "interface", ...(database === db ? ["db"] : ["dbs", key])];
      if (database !== db) need("database", ["dbs", key], "a database", "postgresql");
      issues.push(...checkDatabaseServer(database, at, enabled));
    }
  }
  const signIns: [Path, typeof auth | undefined][] = [
    [["auth"], auth],
    ...namedRoutes(entry).map(([key, route]): [Path, typeof route.auth] => [
      ["proxy", ...(key === "default" ? [] : [key]), "auth"],
      route.auth,
    ]),
  ];
  for (const [at, signIn] of signIns) {
    if (!signIn || signIn.type === "none") continue;
    need("sso", at, "single sign-on", "authentik");
    if (signIn.type === "oidc" && !signIn.oidc) {
      const message = `type "oidc" needs a table oidc with redirect_uris. Add it.`;
      issues.push({ path: [...path, "interface", ...at, "type"], message });
    }
  }
  issues.push(...checkSignIn(each));
  const routes = namedRoutes(entry).filter(
    ([key, route]) =>
      !isDatabaseRoute(name, entry, resolveRoute(document, name, entry, key, route)),
  );
  if (routes.length > 0) {
    need("proxy", ["proxy"], "a route", "caddy");
    need("dns", ["proxy"], "a route", "dns");
  }
  return issues;
}

/** A route that asks for a sign-in must not be open because nobody says how to sign in. */
function checkSignIn({ entry, path }: Entry): Issue[] {
  return namedRoutes(entry).flatMap(([key, route]) => {
    const at = routePath(path, key);
    if (route.authz && (route.auth ?? entry.interface.auth).type === "none") {
      const message = `needs interface.auth, which says how users sign in. Add it, or set false.`;
      return [{ path: [...at, "authz"], message }];
    }
    if (!route.authz && route.public_paths.length > 0) {
      const message = "all paths are public already. Set authz = true, or remove public_paths.";
      return [{ path: [...at, "public_paths"], message }];
    }
    return [];
  });
}

function checkDatabaseServer(
  database: { service?: string | undefined; host?: string | undefined },
  path: Path,
  enabled: Entry[],
): Issue[] {
  const servers = enabled.filter(({ name, entry }) => rolesOf(name, entry).includes("database"));
  const server = database.service ? servers.find((s) => s.name === database.service) : servers[0];
  if (database.service && !server) {
    const names = servers.map((s) => s.name);
    const hint = didYouMean(database.service, names) || " Name one that is enabled.";
    const message = `no enabled service "${database.service}" provides database.${hint}`;
    return [{ path: [...path, "service"], message }];
  }
  if (server && database.host && database.host !== server.entry.ip) {
    const message = `${server.name} is at ${server.entry.ip}, not ${database.host}. Remove host.`;
    return [{ path: [...path, "host"], message }];
  }
  return [];
}

/** A role that one service looks up must have one answer. Databases may name their server. */
function checkProviders(enabled: Entry[]): Issue[] {
  return (["dns", "proxy", "sso", "monitoring"] as const).flatMap((role) => {
    const providers = enabled.filter(({ name, entry }) => rolesOf(name, entry).includes(role));
    return providers.slice(1).map(({ path }) => ({
      path: [...path, "provides"],
      message: `${providers[0]!.name} provides ${role} already. Let only one service provide it.`,
    }));
  });
}
