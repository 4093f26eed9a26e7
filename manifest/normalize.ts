import { isAbove, type Issue, isTable, type Move, type Path } from "./issue";
import { normalizeForwarders, renamedKeys } from "./forwarders";
import { route } from "./schema/contracts";

/** A manifest whose short forms are replaced by the long ones. Nothing else is changed or checked. */
export interface Normalized {
  readonly data: unknown;
  /** Short forms that cannot be replaced, and values that are written in both forms. */
  readonly issues: readonly Issue[];
  /** Where the value of a normalized path is written, as far as it is written at all. */
  readonly writtenPath: (path: Path) => Path;
}

type Table = Record<string, unknown>;

/** Replaces the short forms of a manifest as written. */
export function normalize(written: unknown): Normalized {
  const moves: Move[] = [];
  const issues: Issue[] = [];
  const services = (key: string) => (table: unknown) =>
    mapValues(table, (entry, name) => normalizeService(entry, [key, name], moves, issues));
  const data = replace(written, {
    network: (network) => {
      issues.push(...renamedKeys(network));
      const forwarders = (list: unknown, ...keys: string[]) =>
        normalizeForwarders(list, ["network", ...keys], moves, issues);
      return replace(network, {
        dns_forwarders: (list) => forwarders(list, "dns_forwarders"),
        forward: (zones) => mapValues(zones, (list, zone) => forwarders(list, "forward", zone)),
        ssh_keys: (keys) => listKeys(keys, ["network", "ssh_keys"], moves, issues),
      });
    },
    core_services: services("core_services"),
    services: services("services"),
  });
  return { data, issues, writtenPath: (path) => writtenPath(path, moves) };
}

function writtenPath(path: Path, moves: readonly Move[]): Path {
  const above = moves.filter(({ to }) => isAbove(to, path));
  const move = above.sort((a, b) => b.to.length - a.to.length)[0];
  return move ? [...move.from, ...path.slice(move.to.length)] : path;
}

/** Public keys by person become one list, sorted by name. */
function listKeys(keys: unknown, at: Path, moves: Move[], issues: Issue[]): unknown {
  if (!isTable(keys)) return keys;
  const placed = Object.keys(keys)
    .sort()
    .flatMap((person) => {
      const own = keys[person];
      if (Array.isArray(own)) return (own as unknown[]).map((key, i) => ({ key, person, i }));
      const message = "must be a list of this person's public keys.";
      issues.push({ code: "wrong-type", path: [...at, person], message });
      return [];
    });
  placed.forEach(({ person, i }, to) => moves.push({ to: [...at, to], from: [...at, person, i] }));
  return placed.map(({ key }) => key);
}

function normalizeService(entry: unknown, at: Path, moves: Move[], issues: Issue[]): unknown {
  if (!isTable(entry)) return entry;
  const formerly = listNames(entry.formerly, [...at, "formerly"], moves);
  const names = Array.isArray(formerly) ? (formerly as unknown[]) : [];
  // A renamed service keeps the database that was named after it.
  const databaseKey = typeof names[0] === "string" ? names[0] : String(at.at(-1));
  return replace(
    { ...entry, ...(formerly !== undefined && { formerly }) },
    { interface: (table) => normalizeInterface(table, databaseKey, at, moves, issues) },
  );
}

function listNames(formerly: unknown, at: Path, moves: Move[]): unknown {
  if (typeof formerly !== "string") return formerly;
  moves.push({ to: [...at, 0], from: at });
  return [formerly];
}

function normalizeInterface(
  table: unknown,
  databaseKey: string,
  service: Path,
  moves: Move[],
  issues: Issue[],
): unknown {
  if (!isTable(table)) return table;
  const { db, route: single, proxy, ...rest } = table;
  const at = [...service, "interface"];
  const moved = (key: string, value: unknown): Addition[] =>
    value === undefined ? [] : [{ key, value, from: [] }];
  const databases = moved(databaseKey, db).map((each) => ({ ...each, from: [...at, "db"] }));
  const routes = [
    ...moved("default", single).map((each) => ({ ...each, from: [...at, "route"] })),
    ...routesOfProxy(proxy, [...at, "proxy"]),
  ];
  return {
    ...rest,
    ...extend("dbs", rest.dbs, databases, at, moves, issues),
    ...extend("routes", rest.routes, routes, at, moves, issues),
    ...(isTable(rest.health) && {
      health: normalizeHealth(rest.health, [...at, "health"], moves, issues),
    }),
  };
}

/** An entry that a short form adds to a table. */
interface Addition {
  readonly key: string;
  readonly value: unknown;
  readonly from: Path;
}

/** A table with its additions, none of which may exist already. */
function extend(
  table: string,
  written: unknown,
  additions: readonly Addition[],
  base: Path,
  moves: Move[],
  issues: Issue[],
): Table {
  if (additions.length === 0) return {};
  if (written !== undefined && !isTable(written)) {
    const path = [...base, table];
    issues.push({ code: "wrong-type", path, message: "must be a table." });
  }
  const result: Table = isTable(written) ? { ...written } : {};
  for (const { key, value, from } of additions) {
    const to = [...base, table, key];
    if (Object.hasOwn(result, key)) {
      const short = String(from[base.length]);
      const message = `interface.${short} and another one are both named ${key}. Remove one.`;
      issues.push({ code: "written-twice", path: from, message, related: [to] });
      continue;
    }
    moves.push({ to, from });
    result[key] = value;
  }
  return { [table]: result };
}

/** The seed's `proxy` is one route, or several by name. */
function routesOfProxy(proxy: unknown, at: Path): Addition[] {
  if (proxy === undefined) return [];
  if (!isTable(proxy) || isSingleRoute(proxy)) return [{ key: "default", value: proxy, from: at }];
  return Object.entries(proxy).map(([key, value]) => ({ key, value, from: [...at, key] }));
}

/** Whether some value in it is not a table, or each is one that a route has. */
function isSingleRoute(proxy: Table): boolean {
  const entries = Object.entries(proxy);
  if (entries.length === 0 || !entries.every(([, value]) => isTable(value))) return true;
  const tables = ["auth", "headers"];
  const isOfRoute = (key: string) => Object.hasOwn(route.shape, key);
  return entries.every(
    ([key, value]) => tables.includes(key) && !Object.keys(value as Table).some(isOfRoute),
  );
}

function normalizeHealth(health: Table, at: Path, moves: Move[], issues: Issue[]): Table {
  const { liveness, ...rest } = health;
  if (liveness === undefined) return health;
  if (rest.readiness !== undefined) {
    const message = "liveness is another name for readiness, which is also set. Remove one.";
    issues.push({ code: "written-twice", path: [...at, "liveness"], message });
    return rest;
  }
  moves.push({ to: [...at, "readiness"], from: [...at, "liveness"] });
  return { ...rest, readiness: liveness };
}

/** A table with some of its values replaced, where they are set. */
function replace(table: unknown, changes: Record<string, (value: unknown) => unknown>): unknown {
  return mapValues(table, (value, key) =>
    Object.hasOwn(changes, key) ? changes[key]!(value) : value,
  );
}

function mapValues(table: unknown, change: (value: unknown, key: string) => unknown): unknown {
  if (!isTable(table)) return table;
  return Object.fromEntries(Object.entries(table).map(([key, value]) => [key, change(value, key)]));
}
