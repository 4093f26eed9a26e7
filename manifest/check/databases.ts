import { didYouMean } from "../didYouMean";
import { type Issue, isTable } from "../issue";
import { mainPort } from "../resolve/ports";
import type { DatabaseSpec, ServiceSpec } from "../resolve/spec";
import { Claims } from "./claims";
import { type CheckContext, pathOf } from "./context";

/** Roles and databases that a server keeps for itself, or whose names SQL reserves. */
const reserved = /^(postgres|template[01]|pg_.*|public|none)$/;

/**
 * A role has one password, so it owns the databases of one entry (`additionaldbs` adds to them), and
 * none of them is the server's own.
 */
export function checkDatabaseNames(context: CheckContext): Issue[] {
  const { manifest, place, isFaulty } = context;
  const claims = new Claims(place);
  return manifest.services.flatMap((service) =>
    Object.entries(service.interface.dbs).flatMap(([key, database]) => {
      const path = [...pathOf(service), "interface", "dbs", key];
      // A second host has the same ones, and a reader only a role of its own.
      if (database.access === "share") return [];
      if (database.access === "read") return claimReader(claims, context, service, database);
      const names: [what: string, value: string, key: string][] = [
        ["role", database.owner, "owner"],
        ...[database.name, ...database.additionaldbs].map((name): [string, string, string] => [
          "database",
          name,
          "name",
        ]),
      ];
      return names.flatMap(([what, value, name]): Issue[] => {
        // What would be derived in place of a wrong name claims nothing.
        if (["name", name].some((each) => isFaulty([...path, each]))) return [];
        if (reserved.test(value)) {
          const message = `${what} ${value} is the server's own. Use another ${name}.`;
          return [{ code: "reserved-name", path, message }];
        }
        const advice =
          what === "role" ? "Use another one, or additionaldbs there." : "Use another one.";
        if (database.service === undefined) return [];
        return claims.claim(`${what} ${value} of ${database.service}`, path, advice);
      });
    }),
  );
}

/** A reader's role has a name that nothing else has. It is reported where the reader is named. */
function claimReader(
  claims: Claims,
  { manifest }: CheckContext,
  { name }: ServiceSpec<undefined>,
  { of, role, service: server }: DatabaseSpec<undefined>,
): Issue[] {
  const owner = manifest.services.find((each) => each.name === of?.service);
  if (!owner || !of || server === undefined) return [];
  const path = [...pathOf(owner), "interface", "dbs", of.key, "readers"];
  const index = owner.interface.dbs[of.key]?.readers.indexOf(name) ?? 0;
  const advice = "Use another name for the database.";
  return claims.claim(`role ${role} of ${server}`, [...path, index], advice);
}

/** A server accepts as many connections as its databases may use, so that none can lock out another. */
export function checkConnections({ manifest, place, isFaulty }: CheckContext): Issue[] {
  return manifest.services.flatMap((server): Issue[] => {
    const { name, max_connections: max } = server;
    const base = [...pathOf(server), "interface"];
    if (max === undefined || isFaulty([...base, "dbs"])) return [];
    const limits = manifest.services.flatMap((service) =>
      Object.entries(service.interface.dbs)
        .filter(([, database]) => database.service === name)
        .map(([key, { connection_limit: limit, of }]) => {
          const owner = of && manifest.services.find((each) => each.name === of.service);
          const path = [...pathOf(owner ?? service), "interface", "dbs", of?.key ?? key];
          return { path: [...path, "connection_limit"], limit: limit ?? 0 };
        }),
    );
    const sum = limits.reduce((total, { limit }) => total + limit, 0);
    const [most] = [...limits].sort((a, b) => b.limit - a.limit);
    if (sum <= max || most === undefined) return [];
    const path = [...base, "db", "max_connections"];
    const message =
      `the databases of ${name} may use ${sum} connections together, and it accepts ${max}. ` +
      `Set this to ${sum} or more, or lower ${place(most.path)}.`;
    return [{ code: "too-many-connections", path, message }];
  });
}

/** What an entry says about its server is true of a service that provides databases. */
export function checkDatabaseServers(
  context: CheckContext,
  service: ServiceSpec<undefined>,
): Issue[] {
  const servers = context.manifest.services.filter(({ provides }) => provides.includes("database"));
  if (servers.includes(service)) return checkOwnPort(context, service);
  if (servers.length === 0) return [];
  const own = Object.entries(service.interface.dbs).filter(([, { access }]) => access === "own");
  return own.flatMap(([key, database]) =>
    checkServer(context, database, servers, [...pathOf(service), "interface", "dbs", key]),
  );
}

/** The port that a server names in its own entry is the one that it listens on. */
function checkOwnPort({ written }: CheckContext, service: ServiceSpec<undefined>): Issue[] {
  const path = [...pathOf(service), "interface", "dbs"];
  const own = written(path);
  const port = mainPort(service);
  return Object.keys(isTable(own) ? own : {}).flatMap((key): Issue[] => {
    const at = [...path, key, "port"];
    const named = written(at);
    if (named === undefined || port === undefined || named === port) return [];
    const message = `${service.name} listens on ${port}, not ${named as number}. Remove port, or correct ports.`;
    return [{ code: "wrong-port", path: at, message }];
  });
}

function checkServer(
  { isWritten, isFaulty }: CheckContext,
  database: DatabaseSpec<undefined>,
  servers: readonly ServiceSpec<undefined>[],
  path: Issue["path"],
): Issue[] {
  const at = (key: string) => [...path, key];
  const names = servers.map(({ name }) => name);
  if (isFaulty(at("service"))) return [];
  if (!isWritten(at("service")) && servers.length > 1) {
    const message = `${names.join(" and ")} provide databases. Set service to the one to use.`;
    return [{ code: "several-providers", path, message }];
  }
  const server = servers.find(({ name }) => name === database.service);
  if (!server) {
    const hint = didYouMean(database.service ?? "", names) || " Name an enabled one.";
    const message = `no enabled service "${database.service}" has the role "database".${hint}`;
    return [{ code: "unknown-service", path: at("service"), message }];
  }
  const [host, port] = [server.ip, mainPort(server)];
  if (host !== undefined && database.host !== undefined && database.host !== host) {
    const message = `${server.name} is at ${host}, not ${database.host}. Remove host.`;
    return [{ code: "wrong-host", path: at("host"), message }];
  }
  if (port !== undefined && database.port !== undefined && database.port !== port) {
    const message = `${server.name} listens on ${port}, not ${database.port}. Remove port.`;
    return [{ code: "wrong-port", path: at("port"), message }];
  }
  return [];
}
