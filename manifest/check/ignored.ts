import { isTable, type Path, valueAt } from "../issue";
import type { Normalized } from "../normalize";
import type { Manifest, ServiceSpec } from "../resolve/spec";
import { type CheckContext, pathOf } from "./context";

/** Keys that are accepted and have no effect, and why. `*` is any one key. */
const ignoredKeys: ReadonlyArray<readonly [path: string, why: string]> = [
  ...["core_services.*", "services.*"].flatMap((service): [string, string][] => [
    [`${service}.interface.terraform`, "Pulumi creates what Terraform created"],
    ...["auth", "routes.*.auth"].map((auth): [string, string] => [
      `${service}.interface.${auth}.forward_auth_upstream`,
      "the provider's address is known",
    ]),
  ]),
  ["network.outposts", "outposts belong to single sign-on, which is not implemented yet"],
  ["deployment_phases", "the order follows from what services use"],
  ["enable_health_monitoring", "health is always checked"],
  ["enable_dependency_graphing", "the graph can always be drawn"],
  ["enable_deployment_logging", "Pulumi always keeps a log"],
  ["enable_rollback", "earlier generations are always kept"],
];

/** What is accepted and has no effect, in one sentence, and routes that are not created. */
export function warningsOf(
  { data }: Normalized,
  { manifest, place, isWritten }: CheckContext,
): string[] {
  const everywhere = ignoredKeys.flatMap(([pattern, why]) =>
    matches(data, pattern.split(".")).map((path) => [path, why] as const),
  );
  const here = manifest.services.flatMap((service) => ignoredHere(service, data));
  const ignored = [...everywhere, ...here].map(([path, why]) => `${place(path)} (${why})`);
  return [
    ...(ignored.length > 0 ? [`Without effect: ${ignored.join(", ")}.`] : []),
    ...droppedRoutes(manifest, data).map(
      ([path, upstream]) =>
        `${place(path)} leads to ${upstream}, the database's own port, which does not serve HTTP: ` +
        `no route is created.${isWritten([...path, "upstream"]) ? "" : " Remove it."}`,
    ),
  ];
}

/** Keys that have a meaning elsewhere, but not in this service. */
function ignoredHere(service: ServiceSpec<undefined>, data: unknown): [Path, string][] {
  const path = [...pathOf(service), "interface"];
  const isServer = service.provides.includes("database");
  const databases = entriesAt(data, [...path, "dbs"]).flatMap(([key, table]) =>
    Object.keys(isTable(table) ? table : {})
      .filter((each) =>
        isServer
          ? !["port", "mode", "on_remove", "superuser", "max_connections"].includes(each)
          : ["mode", "max_connections"].includes(each),
      )
      .map((each): [Path, string] => [
        [...path, "dbs", key, each],
        isServer
          ? "a database server has no database of its own"
          : "only a database server has one",
      ]),
  );
  const { auth } = service.interface;
  if (auth?.type !== "none" || auth.oidc === undefined) return databases;
  return [...databases, [[...path, "auth", "oidc"], "its type is none"]];
}

/** Routes to a database's own port: written, but not among the resolved ones. */
function droppedRoutes(manifest: Manifest<undefined>, data: unknown): [Path, string][] {
  return manifest.services.flatMap((service) => {
    const path = [...pathOf(service), "interface", "routes"];
    return entriesAt(data, path)
      .filter(([key]) => !Object.hasOwn(service.interface.routes, key))
      .map(([key]): [Path, string] => [[...path, key], `${service.ip}:${service.ports[0]}`]);
  });
}

function entriesAt(data: unknown, path: Path): [string, unknown][] {
  const table = valueAt(data, path);
  return isTable(table) ? Object.entries(table) : [];
}

function matches(value: unknown, [key, ...rest]: string[], base: Path = []): Path[] {
  if (value === undefined) return [];
  if (key === undefined) return [base];
  if (!isTable(value)) return [];
  const keys = key === "*" ? Object.keys(value) : [key];
  return keys.flatMap((each) =>
    matches(Object.hasOwn(value, each) ? value[each] : undefined, rest, [...base, each]),
  );
}
