import { didYouMean } from "../didYouMean";
import { formatPath, type Issue, type Path } from "../issue";
import { findCycles } from "../graph/order";
import { hasSignIn, providerOf } from "../graph/uses";
import type { Manifest, ServiceSpec } from "../resolve/spec";
import { conventionalRoles, type Role } from "../schema/service";
import { type CheckContext, pathOf } from "./context";

/** Services in `depends_on` exist, are enabled, and are named once. */
export function checkDependencies(
  { manifest }: CheckContext,
  service: ServiceSpec<undefined>,
): Issue[] {
  const { name, depends_on: wanted } = service;
  return wanted.flatMap((other, i): Issue[] => {
    const path = [...pathOf(service), "depends_on", i];
    if (other === name) {
      const message = `${name} depends on itself. Remove the entry.`;
      return [{ code: "depends-on-itself", path, message }];
    }
    if (wanted.indexOf(other) < i) {
      return [{ code: "written-twice", path, message: `${other} is listed twice. Remove one.` }];
    }
    const disabled = manifest.disabled.find((each) => each.name === other);
    if (disabled) {
      const message = `${other} is not enabled. Set enable = true in ${formatPath(pathOf(disabled))}.`;
      return [{ code: "disabled-service", path, message }];
    }
    if (manifest.services.some((each) => each.name === other)) return [];
    const hint = nearDependency(manifest, service, other);
    const message = `there is no service "${other}".${hint || " Add it."}`;
    return [{ code: "unknown-service", path, message }];
  });
}

/** A service with a similar name, if `depends_on` may name it without creating a cycle. */
function nearDependency(
  manifest: Manifest<undefined>,
  service: ServiceSpec<undefined>,
  wanted: string,
): string {
  const names = manifest.services
    .map(({ name }) => name)
    .filter((name) => name !== service.name && !service.depends_on.includes(name));
  const hint = didYouMean(wanted, names);
  const near = names.find((name) => hint.includes(`"${name}"`));
  if (near === undefined) return "";
  const added = { ...service, depends_on: [...service.depends_on, near] };
  const services = manifest.services.map((each) => (each === service ? added : each));
  return findCycles({ ...manifest, services }).length === 0 ? hint : "";
}

/** What a service uses is provided by an enabled service. */
export function checkProvided(context: CheckContext, service: ServiceSpec<undefined>): Issue[] {
  const { dbs, routes, auth } = service.interface;
  const base = [...pathOf(service), "interface"];
  const need = (role: Role, path: Path, what: string) => checkRole(context, role, path, what);
  const [route] = Object.keys(routes);
  return [
    ...Object.keys(dbs)
      .filter((key) => dbs[key]!.access === "own")
      .flatMap((key) => need("database", [...base, "dbs", key], "a database")),
    ...(hasSignIn(service) ? need("sso", signInPath(service, base), "single sign-on") : []),
    ...(auth?.type === "oidc" && auth.oidc === undefined && !context.isFaulty([...base, "auth"])
      ? [missingClient([...base, "auth", "type"])]
      : []),
    ...Object.keys(routes).flatMap((key) => {
      const at = [...base, "routes", key, "auth"];
      const own = routes[key]?.auth;
      const isOwn = context.isWritten(at) && !context.isFaulty(at);
      return isOwn && own?.type === "oidc" && own.oidc === undefined
        ? [missingClient([...at, "type"])]
        : [];
    }),
    ...(route === undefined
      ? []
      : [
          ...need("proxy", [...base, "routes", route], "a route"),
          ...need("dns", [...base, "routes", route], "a route"),
        ]),
  ];
}

/** A role that is needed has a service. */
export function checkRole(context: CheckContext, role: Role, path: Path, what: string): Issue[] {
  if (providerOf(context.manifest, role) || !areRolesKnown(context)) return [];
  const message = `${what} needs a service with the role "${role}". ${providerAdvice(context, role)}`;
  return [{ code: "no-provider", path, message }];
}

/** Whether no service's roles are in doubt because of another error. */
function areRolesKnown({ manifest, isFaulty }: CheckContext): boolean {
  return manifest.services.every((each) =>
    ["provides", "enable"].every((key) => !isFaulty([...pathOf(each), key])),
  );
}

function signInPath({ interface: { auth, routes } }: ServiceSpec<undefined>, base: Path): Path {
  if (auth?.type !== undefined && auth.type !== "none") return [...base, "auth"];
  const key = Object.keys(routes).find((each) => routes[each]?.auth?.type !== "none");
  return [...base, "routes", key ?? "default", "auth"];
}

function missingClient(path: Path): Issue {
  const message = 'type "oidc" needs an oidc table with redirect_uris. Add it.';
  return { code: "missing", path, message };
}

/** How a role can be filled: advice that is valid if followed to the letter. */
function providerAdvice({ manifest }: CheckContext, role: Role): string {
  const disabled = manifest.disabled.find(({ provides }) => provides.includes(role));
  if (disabled) return `Set enable = true in ${formatPath(pathOf(disabled))}.`;
  const name = Object.keys(conventionalRoles).find((each) =>
    conventionalRoles[each]!.includes(role),
  )!;
  const taken = [...manifest.services, ...manifest.disabled].find((each) => each.name === name);
  return taken
    ? `Add "${role}" to the provides of a service that has it.`
    : `Add [core_services.${name}].`;
}

/** A role that is looked up must have one provider. Databases may name their server. */
export function checkProviders({ manifest }: CheckContext): Issue[] {
  return (["dns", "proxy", "sso", "monitoring"] as const).flatMap((role) => {
    const providers = manifest.services.filter(({ provides }) => provides.includes(role));
    const [first] = [...providers].sort((a, b) => Number(b.core) - Number(a.core));
    return providers
      .filter((each) => each !== first)
      .map((each) => ({
        code: "several-providers" as const,
        path: [...pathOf(each), "provides"],
        message: `${first!.name} already provides ${role}. Let only one service provide it.`,
      }));
  });
}
