import { leastConnections } from "../schema/database";
import { encodingNamed, encodingOf, supportedLocale } from "../schema/locale";
import { formatPath, type Path } from "../issue";
import { type Context, rolesOf, type PlacedService } from "./context";
import { extensionsFor } from "./extensions";
import { databasePasswordPath } from "./paths";
import { portsOf } from "./ports";
import type { DatabaseNeeds, DatabaseSpec } from "./spec";
import { tcpPorts } from "./tcpPorts";

type DatabaseInput = NonNullable<
  NonNullable<NonNullable<PlacedService["entry"]["interface"]>["dbs"]>[string]
>;

/** A service's databases by key, and those that it may read. A database server has none of its own. */
export function resolveDatabases(
  context: Context,
  each: PlacedService,
): Record<string, DatabaseSpec<undefined>> {
  if (rolesOf(each).includes("database")) return {};
  const own = databasesOf(each).map(([key, database]): [string, DatabaseSpec<undefined>] => [
    key,
    database.of === undefined
      ? resolveOwn(context, each, key, database)
      : resolveShared(context, each, key, database.of),
  ]);
  return { ...Object.fromEntries(readableBy(context, each)), ...Object.fromEntries(own) };
}

/** The databases that a service declares, by key; what is wrong counts as empty. */
export function databasesOf({ entry }: PlacedService): [string, DatabaseInput][] {
  return Object.entries(entry.interface?.dbs ?? {}).map(([key, database]) => [key, database ?? {}]);
}

/** The key of the database that a service has without saying which. A renamed service keeps it. */
export function mainDatabase({ name, entry }: PlacedService): string {
  return entry.formerly?.[0] ?? name;
}

/** What `of` refers to: a service and the key of one of its databases; undefined if there is none. */
export function findShared({ entries }: Pick<Context, "entries">, of: string) {
  const [name, named] = of.split(".");
  const owner = entries.find((each) => each.name === name);
  if (!owner) return undefined;
  const keys = databasesOf(owner).map(([key]) => key);
  const main = mainDatabase(owner);
  const key = named ?? (keys.includes(main) || keys.length !== 1 ? main : keys[0]!);
  const database = databasesOf(owner).find(([each]) => each === key)?.[1];
  return database && { owner, key, database };
}

/** The key under which a reader finds a database, and the name of its role there. */
export function readingNames(
  reader: PlacedService,
  owner: PlacedService,
  key: string,
  database: string,
): { readonly key: string; readonly role: string } {
  const main = mainDatabase(owner);
  return {
    key: key === main ? key : `${main}-${key}`,
    role: `${mainDatabase(reader).replaceAll("-", "_")}_reads_${database}`,
  };
}

function resolveOwn(
  context: Context,
  each: PlacedService,
  key: string,
  database: DatabaseInput,
): DatabaseSpec<undefined> {
  const server = findServer(context, database.service);
  const name = database.name ?? key.replaceAll("-", "_");
  const owner = database.owner ?? name;
  const collation = database.collation ?? database.ctype;
  const ctype = database.ctype ?? database.collation;
  const encoding =
    (database.encoding === undefined ? undefined : encodingNamed(database.encoding)) ??
    [collation, ctype].flatMap((locale) => (locale && encodingOf(locale)) ?? [])[0];
  const isPlain = [collation, ctype, encoding].every((value) => value === undefined);
  return {
    place: placeOf(each, key),
    access: "own",
    service: database.service ?? server?.name,
    host: database.host ?? server?.entry.ip,
    port: database.port ?? (server && tcpPorts(portsOf(server))[0]),
    name,
    owner,
    role: owner,
    readers: database.readers ?? [],
    collation,
    ctype,
    encoding,
    template: database.template ?? (isPlain ? "template1" : "template0"),
    extensions: database.extensions ?? [],
    additionaldbs: database.additionaldbs ?? [],
    connection_limit: database.connection_limit,
    on_remove: database.on_remove,
    password_file: databasePasswordPath(key),
  };
}

/** The same database and role from a second host. */
function resolveShared(
  context: Context,
  each: PlacedService,
  key: string,
  of: string,
): DatabaseSpec<undefined> {
  const found = findShared(context, of);
  // What is wrong with it is for the checks to say.
  const isOwn = found !== undefined && found.database.of === undefined;
  const target = resolveOwn(
    context,
    isOwn ? found.owner : each,
    isOwn ? found.key : key,
    isOwn ? found.database : {},
  );
  return {
    ...target,
    place: placeOf(each, key),
    access: "share",
    of: isOwn ? { service: found.owner.name, key: found.key } : undefined,
    readers: [],
    password_file: databasePasswordPath(key),
  };
}

/** The databases of other services that name a service among their readers. */
function readableBy(context: Context, reader: PlacedService): [string, DatabaseSpec<undefined>][] {
  const others = context.entries.filter(
    (each) => each !== reader && each.entry.enable !== false && !rolesOf(each).includes("database"),
  );
  return others.flatMap((owner) =>
    databasesOf(owner)
      .filter(([, { of, readers }]) => of === undefined && readers?.includes(reader.name))
      .map(([key, database]): [string, DatabaseSpec<undefined>] => {
        const target = resolveOwn(context, owner, key, database);
        const names = readingNames(reader, owner, key, target.name);
        return [
          names.key,
          {
            ...target,
            access: "read",
            of: { service: owner.name, key },
            role: names.role,
            readers: [],
            password_file: databasePasswordPath(names.key),
          },
        ];
      }),
  );
}

/** What a message on a host calls a database, whichever form the manifest has. */
function placeOf(each: PlacedService, key: string): string {
  const form = key === mainDatabase(each) ? ["db"] : ["dbs", key];
  return formatPath([...each.path, "interface", ...form]);
}

function pathTo({ path }: PlacedService, key: string): Path {
  return [...path, "interface", "dbs", key];
}

/**
 * What a database server accepts: as its `interface.db` says, or else enough for all of its
 * databases, in steps, since it restarts when this changes.
 */
export function resolveMaxConnections(context: Context, each: PlacedService): number | undefined {
  if (!rolesOf(each).includes("database")) return undefined;
  for (const [key, database] of databasesOf(each)) {
    if (database.max_connections === undefined) continue;
    context.takenFrom([...each.path, "max_connections"], [...pathTo(each, key), "max_connections"]);
    return database.max_connections;
  }
  const needed = databasesOn(context, each).reduce(
    (sum, { connection_limit: limit }) => sum + (limit ?? 0),
    0,
  );
  let connections = leastConnections;
  while (connections < needed) connections *= 2;
  return connections;
}

/** What a database server needs for its databases besides PostgreSQL itself. */
export function resolveNeeds(context: Context, each: PlacedService): DatabaseNeeds | undefined {
  if (!rolesOf(each).includes("database")) return undefined;
  const own = databasesOn(context, each).filter(({ access }) => access === "own");
  const extensions = own.flatMap((database) =>
    database.extensions.flatMap((name) => extensionsFor(name, `${database.place}.extensions`)),
  );
  const locales = own.flatMap(({ collation, ctype }) =>
    [collation, ctype].flatMap((locale) => (locale && supportedLocale(locale)) ?? []),
  );
  const byName = new Map([...extensions].reverse().map((extension) => [extension.name, extension]));
  return {
    extensions: [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    locales: [...new Set(locales)].sort(),
  };
}

/** What all enabled services use of a database server. */
function databasesOn(context: Context, server: PlacedService): DatabaseSpec<undefined>[] {
  return context.entries
    .filter(({ entry }) => entry.enable !== false)
    .flatMap((each) => Object.values(resolveDatabases(context, each)))
    .filter(({ service }) => service === server.name);
}

function findServer({ entries, provider }: Context, wanted: string | undefined) {
  return wanted === undefined ? provider("database") : entries.find(({ name }) => name === wanted);
}
