import { type PortRange, readPort, type WrittenPort } from "../schema/ports";
import { conventionalPorts } from "../schema/service";
import { type Context, rolesOf, type PlacedService } from "./context";
import { resolveSource } from "./sources";
import type { PortSpec, ServiceSpec } from "./spec";
import { tcpPorts } from "./tcpPorts";

/** What a service listens on: as written, or else the ports of its roles. */
export function portsOf(each: PlacedService): readonly WrittenPort[] {
  const ports = (each.entry.ports ?? []).flatMap((entry) => readPort(entry) ?? []);
  if (ports.length > 0) return ports;
  const inDatabase = databasePort(each)?.port;
  // A database server is reached at its first port, whatever else it is.
  const roles = [...rolesOf(each)].sort(
    (a, b) => Number(b === "database") - Number(a === "database"),
  );
  return roles
    .flatMap((role) =>
      role === "database" && inDatabase !== undefined
        ? inDatabase
        : (conventionalPorts[role] ?? []),
    )
    .map((port) => ({ first: port, last: port, protocol: "tcp", from: [] }));
}

/** The port at which a service is reached if nothing else is said; none if it has no TCP port. */
export function mainPort<Gap>({ ports }: Pick<ServiceSpec<Gap>, "ports">): number | undefined {
  return tcpPorts(ports)[0];
}

/** A range as nftables and people write it: 8080, or 27015-27030. */
export function formatPorts({ first, last }: Pick<PortRange, "first" | "last">): string {
  return first === last ? `${first}` : `${first}-${last}`;
}

/** A database server's port may be set in its `interface.db` alone. */
function databasePort({ entry }: PlacedService): { key: string; port: number } | undefined {
  return Object.entries(entry.interface?.dbs ?? {}).flatMap(([key, database]) =>
    database?.port === undefined ? [] : [{ key, port: database.port }],
  )[0];
}

/** The ports in full, with a note of where they are written if not in `ports`. */
export function resolvePorts(context: Context, each: PlacedService): PortSpec<undefined>[] {
  const { takenFrom } = context;
  const found = databasePort(each);
  if (!each.entry.ports?.length && rolesOf(each).includes("database") && found) {
    takenFrom([...each.path, "ports"], [...each.path, "interface", "dbs", found.key, "port"]);
  }
  return portsOf(each).map(({ from, ...range }) => ({
    ...range,
    from: from.map((name) => ({ name, address: resolveSource(context, name) })),
  }));
}
