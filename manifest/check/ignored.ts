import { isTable, type Path, valueAt } from "../issue";
import type { Normalized } from "../normalize";
import { mainPort } from "../resolve/ports";
import type { Manifest, ServiceSpec } from "../resolve/spec";
import { authsOf } from "./auths";
import { foreignRedirects } from "./clients";
import { endedCertificates } from "./externalRoutes";
import { unknownExtensions } from "./extensions";
import { type CheckContext, pathOf } from "./context";
import { warnOfSharedNetworks, warnOfWideNetworks } from "./networks";
import { resolverWarnings } from "./dns";

/** Keys that are accepted and have no effect, and why. `*` is any one key. */
const ignoredKeys: ReadonlyArray<readonly [path: string, why: string]> = [
  ...["core_services.*", "services.*"].flatMap((service): [string, string][] => [
    [`${service}.interface.terraform`, "Pulumi creates what Terraform created"],
    ...["auth", "routes.*.auth"].map((auth): [string, string] => [
      `${service}.interface.${auth}.forward_auth_upstream`,
      "the provider's address is known",
    ]),
  ]),
  ["deployment_phases", "the order follows from what services use"],
  ["enable_health_monitoring", "health is always checked"],
  ["enable_dependency_graphing", "the graph can always be drawn"],
  ["enable_deployment_logging", "Pulumi always keeps a log"],
  ["enable_rollback", "the last generations are kept"],
];

/** What is accepted and has no effect, in one sentence, and routes that are not created. */
export function warningsOf({ data }: Normalized, context: CheckContext): string[] {
  const { manifest, place, isWritten } = context;
  const everywhere = ignoredKeys.flatMap(([pattern, why]) =>
    matches(data, pattern.split(".")).map((path) => [path, why] as const),
  );
  const here = manifest.services.flatMap((service) => [
    ...ignoredHere(service, data),
    ...ignoredSignIn(context, service, data),
  ]);
  const unused = [...ignoredPeople(manifest, data), ...ignoredNames(manifest, data)];
  const ignored = [...everywhere, ...unused, ...here].map(
    ([path, why]) => `${place(path)} (${why})`,
  );
  return [
    ...warnOfWideNetworks(context),
    ...warnOfSharedNetworks(context),
    ...(ignored.length > 0 ? [`Without effect: ${ignored.join(", ")}.`] : []),
    ...manifest.services.flatMap((service) =>
      foreignRedirects(context, service).map(
        (path) =>
          `${place(path)} is outside ${manifest.network.domain}: who owns that site can sign in to ` +
          `${service.name} as your users.`,
      ),
    ),
    ...endedCertificates(context),
    ...resolverWarnings(context),
    ...unknownExtensions(context),
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
  return databases;
}

/** What is about signing in, where nobody does. */
function ignoredSignIn(
  context: CheckContext,
  service: ServiceSpec<undefined>,
  data: unknown,
): [Path, string][] {
  const auths = authsOf(context, service);
  const own = auths.filter(({ route }) => route !== undefined).length;
  const isOverridden = own > 0 && own === Object.keys(service.interface.routes).length;
  return auths.flatMap(({ auth, at, route }): [Path, string][] => {
    const { type } = auth;
    if (type !== "none" && route === undefined && isOverridden) {
      return [[at, "each of its routes says something else"]];
    }
    const unused = { none: ["oidc", "groups"], forward_auth: ["oidc"], oidc: [] }[type ?? "none"];
    return unused
      .filter((key) => valueAt(data, [...at, key]) !== undefined)
      .map((key) => [[...at, key], `its type is ${type}`]);
  });
}

/** Tables about users that nobody knows without an identity provider. */
function ignoredPeople(manifest: Manifest<undefined>, data: unknown): [Path, string][] {
  if (manifest.services.some(({ provides }) => provides.includes("sso"))) return [];
  const tables: Path[] = [["groups"], ["users"], ["network", "outposts"]];
  return tables
    .filter((path) => valueAt(data, path) !== undefined)
    .map((path) => [path, 'there is no service with the role "sso"']);
}

/** What only the homelab's own resolver reads. */
function ignoredNames(manifest: Manifest<undefined>, data: unknown): [Path, string][] {
  if (manifest.services.some(({ provides }) => provides.includes("dns"))) return [];
  const keys = ["dns_clients", "dns_zone", "forward", "records"].map((key) => ["network", key]);
  return [...keys, ["devices"]]
    .filter((path) => valueAt(data, path) !== undefined)
    .map((path) => [path, 'there is no service with the role "dns"']);
}

/** Routes to a database's own port: written, but not among the resolved ones. */
function droppedRoutes(manifest: Manifest<undefined>, data: unknown): [Path, string][] {
  return manifest.services.flatMap((service) => {
    const path = [...pathOf(service), "interface", "routes"];
    return entriesAt(data, path)
      .filter(([key]) => !Object.hasOwn(service.interface.routes, key))
      .map(([key]): [Path, string] => [[...path, key], `${service.ip}:${mainPort(service)}`]);
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
