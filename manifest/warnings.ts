import { formatPath, type Path } from "./issues";
import { entriesOf, isDatabaseRoute, namedRoutes, resolveRoute } from "./resolve";
import { type Document, inertKeys } from "./manifestSchema";

/** What is accepted and has no effect, in one sentence, and routes that are not made. */
export function warningsOf(document: Document): string[] {
  const inert = inertKeys.flatMap(([pattern, why]) =>
    matches(document, pattern.split(".")).map((path) => `${formatPath(path)} (${why})`),
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

function matches(value: unknown, [key, ...rest]: string[], base: Path = []): Path[] {
  if (value === undefined) return [];
  if (key === undefined) return [base];
  if (typeof value !== "object" || value === null) return [];
  const keys = key === "*" ? Object.keys(value) : [key];
  return keys.flatMap((k) => matches((value as Record<string, unknown>)[k], rest, [...base, k]));
}
