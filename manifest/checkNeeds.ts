import { type Entry, routePath } from "./entry";
import { didYouMean } from "./didYouMean";
import { formatPath, type Issue, type Path } from "./issues";
import type { Document, DocumentDatabase, Role } from "./manifestSchema";
import { databasePort, isDatabaseRoute, namedRoutes, resolveRoute, rolesOf } from "./resolve";

export function checkDependencies({ name, entry, path }: Entry, entries: Entry[]): Issue[] {
  return entry.depends_on.flatMap((wanted, i) => {
    const at = [...path, "depends_on", i];
    if (wanted === name) {
      return [{ path: at, message: `${name} depends on itself. Remove the entry.` }];
    }
    if (entry.depends_on.indexOf(wanted) < i) {
      return [{ path: at, message: `${wanted} stands here twice. Remove one.` }];
    }
    const found = entries.find((other) => other.name === wanted);
    if (!found) {
      const hint = didYouMean(
        wanted,
        entries.map((other) => other.name).filter((other) => other !== name),
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
export function checkNeeds(document: Document, each: Entry, enabled: Entry[]): Issue[] {
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

function checkDatabaseServer(database: DocumentDatabase, path: Path, enabled: Entry[]): Issue[] {
  const servers = enabled.filter(({ name, entry }) => rolesOf(name, entry).includes("database"));
  if (!database.service && servers.length > 1) {
    const names = servers.map(({ name }) => name).sort();
    const message = `${names.join(" and ")} provide databases. Say which one with service.`;
    return [{ path, message }];
  }
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
  const port = server && databasePort(server.entry);
  if (port && database.port && database.port !== port) {
    const message = `${server.name} listens on ${port}, not ${database.port}. Remove port.`;
    return [{ path: [...path, "port"], message }];
  }
  return [];
}

export function checkServerPort({ name, entry, path }: Entry): Issue[] {
  const [port, ours] = [entry.interface.db?.port, entry.ports[0]];
  if (!rolesOf(name, entry).includes("database") || !port || !ours || port === ours) return [];
  const message = `the server listens on ${ours}, the first of its ports. Remove this one.`;
  return [{ path: [...path, "interface", "db", "port"], message }];
}

/** A role that one service looks up must have one answer. Databases may name their server. */
export function checkProviders(enabled: Entry[]): Issue[] {
  return (["dns", "proxy", "sso", "monitoring"] as const).flatMap((role) => {
    const providers = enabled.filter(({ name, entry }) => rolesOf(name, entry).includes(role));
    return providers.slice(1).map(({ path }) => ({
      path: [...path, "provides"],
      message: `${providers[0]!.name} provides ${role} already. Let only one service provide it.`,
    }));
  });
}
