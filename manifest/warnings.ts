import { formatPath, type Path } from "./issues";
import { type Document, type DocumentDatabase, inertKeys } from "./manifestSchema";
import { entriesOf, isDatabaseRoute, namedRoutes, resolveRoute, rolesOf } from "./resolve";

/** What is accepted and has no effect, in one sentence, and routes that are not made. */
export function warningsOf(document: Document): string[] {
  const always = inertKeys.flatMap(([pattern, why]): [Path, string][] =>
    matches(document, pattern.split(".")).map((path) => [path, why]),
  );
  const inert = [...always, ...entriesOf(document).flatMap(inertHere)].map(
    ([path, why]) => `${formatPath(path)} (${why})`,
  );
  const noRoutes = entriesOf(document)
    .filter(({ entry }) => entry.enable)
    .flatMap(({ name, core, entry }) =>
      namedRoutes(entry)
        .map(([key, route]) => resolveRoute(document, name, entry, key, route))
        .filter((route) => isDatabaseRoute(name, entry, route))
        .map(
          (route) =>
            `${core ? "core_services" : "services"}.${name}.interface.proxy leads to ` +
            `${route.upstream}, the database's own port, which speaks no HTTP: no route is made.`,
        ),
    );
  return inert.length > 0 ? [`Without effect: ${inert.join(", ")}.`, ...noRoutes] : noRoutes;
}

/** Keys that mean something elsewhere, but not in this service. */
function inertHere({ name, core, entry }: ReturnType<typeof entriesOf>[number]): [Path, string][] {
  const path = [core ? "core_services" : "services", name, "interface"];
  const { db, dbs = {}, auth } = entry.interface;
  const tables: [Path, DocumentDatabase][] = [
    ...(db ? [[[...path, "db"], db] as [Path, DocumentDatabase]] : []),
    ...Object.entries(dbs).map(([key, each]): [Path, DocumentDatabase] => [
      [...path, "dbs", key],
      each,
    ]),
  ];
  const isServer = rolesOf(name, entry).includes("database");
  const found = tables.flatMap(([at, table]): [Path, string][] =>
    Object.entries(table)
      .filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0))
      .map(([key]) => key)
      .filter((key) =>
        isServer ? !["port", "mode", "on_remove", "superuser"].includes(key) : key === "mode",
      )
      .map((key) => [
        [...at, key],
        isServer
          ? "a database server has no database of its own"
          : "only a database server has one",
      ]),
  );
  const unused = auth.type === "none" && auth.oidc !== undefined;
  return unused ? [...found, [[...path, "auth", "oidc"], "the type is none"]] : found;
}

function matches(value: unknown, [key, ...rest]: string[], base: Path = []): Path[] {
  if (value === undefined) return [];
  if (key === undefined) return [base];
  if (typeof value !== "object" || value === null) return [];
  const keys = key === "*" ? Object.keys(value) : [key];
  return keys.flatMap((k) => matches((value as Record<string, unknown>)[k], rest, [...base, k]));
}
