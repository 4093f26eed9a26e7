import { type Context, rolesOf, type PlacedService } from "./context";
import { databasePasswordPath } from "./paths";
import { portsOf } from "./ports";
import type { DatabaseSpec } from "./spec";

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
          port: database?.port ?? (server && portsOf(server)[0]),
          name,
          owner: database?.owner ?? name,
          extensions: database?.extensions ?? [],
          additionaldbs: database?.additionaldbs ?? [],
          on_remove: database?.on_remove,
          password_file: databasePasswordPath(key),
        },
      ];
    }),
  );
}

function findServer({ entries, provider }: Context, wanted: string | undefined) {
  return wanted === undefined ? provider("database") : entries.find(({ name }) => name === wanted);
}
