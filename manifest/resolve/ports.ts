import { conventionalPorts } from "../schema/service";
import { type Context, rolesOf, type PlacedService } from "./context";

/** The ports of a service: as written, or else those of its roles. */
export function portsOf(each: PlacedService): readonly number[] {
  const { ports } = each.entry;
  if (ports !== undefined && ports.length > 0) return ports;
  const inDatabase = databasePort(each)?.port;
  // A database server is reached at its first port, whatever else it is.
  const roles = [...rolesOf(each)].sort(
    (a, b) => Number(b === "database") - Number(a === "database"),
  );
  return roles.flatMap((role) =>
    role === "database" && inDatabase !== undefined ? inDatabase : (conventionalPorts[role] ?? []),
  );
}

/** A database server's port may be set in its `interface.db` alone. */
function databasePort({ entry }: PlacedService): { key: string; port: number } | undefined {
  return Object.entries(entry.interface?.dbs ?? {}).flatMap(([key, database]) =>
    database?.port === undefined ? [] : [{ key, port: database.port }],
  )[0];
}

/** The ports, with a note of where they are written if not in `ports`. */
export function resolvePorts({ takenFrom }: Context, each: PlacedService): readonly number[] {
  const found = databasePort(each);
  if (!each.entry.ports?.length && rolesOf(each).includes("database") && found) {
    takenFrom([...each.path, "ports"], [...each.path, "interface", "dbs", found.key, "port"]);
  }
  return portsOf(each);
}
