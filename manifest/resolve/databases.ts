import { leastConnections } from "../schema/contracts";
import { type Context, rolesOf, type PlacedService } from "./context";
import { databasePasswordPath } from "./paths";
import { portsOf } from "./ports";
import type { DatabaseSpec } from "./spec";
import { tcpPorts } from "./tcpPorts";

/** A service's databases by key. A database server has none of its own. */
export function resolveDatabases(
  context: Context,
  each: PlacedService,
): Record<string, DatabaseSpec<undefined>> {
  if (rolesOf(each).includes("database")) return {};
  return Object.fromEntries(
    Object.entries(each.entry.interface?.dbs ?? {}).map(([key, database]) => {
      const server = findServer(context, database?.service);
      const name = database?.name ?? key.replaceAll("-", "_");
      return [
        key,
        {
          service: database?.service ?? server?.name,
          host: database?.host ?? server?.entry.ip,
          port: database?.port ?? (server && tcpPorts(portsOf(server))[0]),
          name,
          owner: database?.owner ?? name,
          extensions: database?.extensions ?? [],
          additionaldbs: database?.additionaldbs ?? [],
          connection_limit: database?.connection_limit,
          on_remove: database?.on_remove,
          password_file: databasePasswordPath(key),
        },
      ];
    }),
  );
}

/**
 * What a database server accepts: as its `interface.db` says, or else enough for all of its
 * databases, in steps, since it restarts when this changes.
 */
export function resolveMaxConnections(context: Context, each: PlacedService): number | undefined {
  if (!rolesOf(each).includes("database")) return undefined;
  for (const [key, database] of Object.entries(each.entry.interface?.dbs ?? {})) {
    if (database?.max_connections === undefined) continue;
    context.takenFrom(
      [...each.path, "max_connections"],
      [...each.path, "interface", "dbs", key, "max_connections"],
    );
    return database.max_connections;
  }
  const needed = context.entries
    .filter((other) => !rolesOf(other).includes("database"))
    .flatMap(({ entry }) => Object.values(entry.interface?.dbs ?? {}))
    .filter((database) => findServer(context, database?.service)?.name === each.name)
    .reduce((sum, database) => sum + (database?.connection_limit ?? 0), 0);
  let connections = leastConnections;
  while (connections < needed) connections *= 2;
  return connections;
}

function findServer({ entries, provider }: Context, wanted: string | undefined) {
  return wanted === undefined ? provider("database") : entries.find(({ name }) => name === wanted);
}
