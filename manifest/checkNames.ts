import { type Entry, routePath } from "./entry";
import { isInside } from "./checkAddresses";
import { formatPath, type Issue, type Path } from "./issues";
import type { Document } from "./manifestSchema";
import {
  databaseKey,
  formerNames,
  hostnameOf,
  hostNumber,
  namedRoutes,
  resolve,
  resolveRoute,
  rolesOf,
} from "./resolve";

export function checkNames(entries: Entry[]): Issue[] {
  const core = new Set(entries.filter((each) => each.core).map(({ name }) => name));
  return entries
    .filter((each) => !each.core && core.has(each.name))
    .map(({ path, name }) => ({
      path,
      message: `core_services has a service "${name}" too. Give one of them another name.`,
    }));
}

/** A former name must be free, or two services would claim one container. */
export function checkFormerNames(entries: Entry[]): Issue[] {
  const names = new Set(entries.map(({ name }) => name));
  const seen = new Map<string, Path>();
  return entries.flatMap(({ entry, path }) =>
    formerNames(entry).flatMap((former) => {
      const at = [...path, "formerly"];
      const first = seen.get(former);
      seen.set(former, first ?? path);
      if (first) {
        const message = `"${former}" stands in ${formatPath([...first, "formerly"])} too. Keep one.`;
        return [{ path: at, message }];
      }
      if (!names.has(former)) return [];
      const message = `a service is called "${former}" now. Remove formerly, or rename that one.`;
      return [{ path: at, message }];
    }),
  );
}

/** File names of secrets that the project writes itself. */
export function checkSecretNames({ entry, path }: Entry): Issue[] {
  return Object.keys(entry.interface.secrets)
    .filter((key) => key === "ca-key" || key.startsWith("database-"))
    .map((key) => ({
      path: [...path, "interface", "secrets", key],
      message: `secrets called so are made by NixMox itself. Use another name.`,
    }));
}

/** Values that no two services may share. */
export function checkUnique(document: Document, enabled: Entry[]): Issue[] {
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
    claim("hostname", hostnameOf(document, name, entry), [...path, "hostname"]);
    for (const [key, route] of namedRoutes(entry)) {
      const at = routePath(path, key);
      const { domain, path: below } = resolveRoute(document, name, entry, key, route);
      claim("domain", domain, [...at, "domain"], path);
      claim(`path ${below.replace(/(?<=.)\/$/, "")} of ${name} at`, domain, [...at, "path"]);
    }
  }
  return [...issues, ...checkHostnamesAgainstRoutes(document, enabled)];
}

/** A service's host may be called like its own route, never like another service's. */
function checkHostnamesAgainstRoutes(document: Document, enabled: Entry[]): Issue[] {
  const hosts = new Map(
    enabled.map(({ name, entry }) => [hostnameOf(document, name, entry), name]),
  );
  return enabled.flatMap(({ name, entry, path }) =>
    namedRoutes(entry).flatMap(([key, route]) => {
      const { domain } = resolveRoute(document, name, entry, key, route);
      const other = hosts.get(domain);
      if (other === undefined || other === name) return [];
      const at = [...routePath(path, key), "domain"];
      return [{ path: at, message: `${domain} is the hostname of ${other}. Use another domain.` }];
    }),
  );
}

/** The routes of one domain make one site, and each domain gets a resource of its own. */
export function checkSites(document: Document, { name, entry, path }: Entry): Issue[] {
  const routes = namedRoutes(entry).map(([key, route]) => ({
    at: routePath(path, key),
    ...resolveRoute(document, name, entry, key, route),
  }));
  return routes.flatMap(({ at, domain, tls }, i) => {
    const before = routes.slice(0, i);
    const other = before.find((each) => each.domain === domain && each.tls !== tls);
    if (other) {
      const message =
        `${domain} is served with ${other.tls ? "" : "no "}TLS by ${formatPath(other.at)}. ` +
        "Use the same for all of its paths.";
      return [{ path: [...at, "tls"], message }];
    }
    const alike = before.find(
      (each) => each.domain !== domain && dashed(each.domain) === dashed(domain),
    );
    if (!alike) return [];
    const message = `${domain} differs from ${alike.domain} in dots and dashes only. Use another.`;
    return [{ path: [...at, "domain"], message }];
  });
}

const dashed = (domain: string) => domain.replaceAll(".", "-");

/** Roles and databases that a server has for itself, or whose names SQL keeps. */
const reserved = /^(postgres|template[01]|pg_.*|public|none)$/;

/**
 * A role has one password, so it owns the databases of one entry (`additionaldbs` adds to them), and
 * none of them is the server's own.
 */
export function checkDatabases(document: Document): Issue[] {
  const seen = new Map<string, string>();
  return resolve(document).services.flatMap(({ name, core, interface: { dbs } }) => {
    const path = [core ? "core_services" : "services", name, "interface"];
    const { db, dbs: written = {} } =
      document[core ? "core_services" : "services"][name]!.interface;
    return Object.entries(dbs).flatMap(([key, database]) => {
      const single = db !== undefined && !Object.hasOwn(written, key);
      const at = [...path, ...(single ? ["db"] : ["dbs", key])];
      return [
        ["role", database.owner] as const,
        ...[database.name, ...database.additionaldbs].map((each) => ["database", each] as const),
      ].flatMap(([what, value]) => {
        if (reserved.test(value)) {
          const key = what === "role" ? "owner" : "name";
          const message = `${what} ${value} is the server's own. Use another ${key}.`;
          return [{ path: at, message }];
        }
        const id = `${what} ${value} of ${database.service}`;
        const first = seen.get(id);
        seen.set(id, first ?? formatPath(at));
        if (first === undefined) return [];
        const advice =
          what === "role" ? "Use another one, or additionaldbs there." : "Use another one.";
        return [{ path: at, message: `${what} ${value} is already taken by ${first}. ${advice}` }];
      });
    });
  });
}

/** The single form of `db` has a name too, which `dbs` may not have again. */
export function checkDatabaseKeys({ name, entry, path }: Entry): Issue[] {
  const key = databaseKey(name, entry);
  const { db, dbs = {} } = entry.interface;
  if (!db || !Object.hasOwn(dbs, key)) return [];
  const message = `interface.db is called ${key} already. Use another key, or remove interface.db.`;
  return [{ path: [...path, "interface", "dbs", key], message }];
}
