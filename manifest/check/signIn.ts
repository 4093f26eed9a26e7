import { type Issue, isTable } from "../issue";
import { isGuarded } from "../resolve/routes";
import type { ServiceSpec } from "../resolve/spec";
import { authsOf } from "./auths";
import { type CheckContext, pathOf } from "./context";
import { checkGroup, checkGroups } from "./people";
import type { PlacedRoute, RouteOwner } from "./placedRoutes";

/** Who may sign in is known, and what only the proxy guards has a route at which it can. */
export function checkAuth(context: CheckContext, service: ServiceSpec<undefined>): Issue[] {
  const { isFaulty, written } = context;
  const routes = written([...pathOf(service), "interface", "routes"]);
  const hasRoute = isTable(routes) && Object.keys(routes).length > 0;
  return authsOf(context, service).flatMap(({ auth, at, route }): Issue[] => {
    const admins = auth.oidc?.admin_group;
    const issues = [
      ...checkGroups(context, auth.groups ?? [], [...at, "groups"]),
      ...(admins === undefined ? [] : checkGroup(context, admins, [...at, "oidc", "admin_group"])),
    ];
    if (auth.type !== "forward_auth" || route !== undefined || hasRoute) return issues;
    if (isFaulty([...pathOf(service), "interface"])) return issues;
    const message =
      "the proxy guards routes, and this service has none. Add interface.route = {}, or remove this.";
    return [...issues, { code: "no-effect", path: [...at, "type"], message }];
  });
}

/** A route that requires a sign-in is not left open by mistake, as a whole or in parts. */
export function checkGuards(context: CheckContext, { routes }: RouteOwner): Issue[] {
  const { isFaulty, isWritten } = context;
  return routes.flatMap((route, i): Issue[] => {
    const { at, authz, auth, domain, tls } = route;
    if (authz === true && auth?.type === "none") {
      const message =
        "needs interface.auth, which says how users sign in. Add it, or set this to false.";
      return [{ code: "no-sign-in", path: [...at, "authz"], message }];
    }
    if (!isGuarded(route)) {
      const paths = [...at, "public_paths"];
      if (!isWritten(paths) || isFaulty(paths) || isFaulty([...at, "authz"])) return [];
      if (auth?.type === undefined) return [];
      const message = "all paths are already public. Set authz = true, or remove public_paths.";
      return [{ code: "no-effect", path: paths, message }];
    }
    const issues = checkPublicPaths(context, route);
    if (authz === false && isWritten([...at, "authz"])) {
      const message =
        'forward_auth lets only signed-in users pass. Remove this, or set auth.type = "none" here.';
      issues.push({ code: "no-sign-in", path: [...at, "authz"], message });
    }
    if (tls === false) {
      const message = "a sign-in needs TLS, or others could take it over. Remove tls = false.";
      issues.push({ code: "insecure", path: [...at, "tls"], message });
    }
    const before = routes.slice(0, i).find((each) => each.domain === domain && isGuarded(each));
    if (before && !isSame(before.auth?.groups ?? [], auth?.groups ?? [])) {
      const message =
        `${context.place(before.at)} lets other groups in, and all routes of ${domain} ` +
        "share one sign-in. Write the same groups, or use another domain.";
      issues.push({ code: "mixed-groups", path: at, message });
    }
    return issues;
  });
}

/** Paths without a sign-in are some of the route's, not all of them. */
function checkPublicPaths(
  { isWritten, isFaulty }: CheckContext,
  { path, public_paths: paths, at: base }: PlacedRoute,
): Issue[] {
  const at = [...base, "public_paths"];
  if (path === undefined || !isWritten(at) || isFaulty(at)) return [];
  const below = path.endsWith("/") ? path : `${path}/`;
  return paths.flatMap((each, i): Issue[] => {
    const begin = each.replace(/\*$/, "");
    if (paths.indexOf(each) < i) {
      const message = `${each} is listed twice. Remove one.`;
      return [{ code: "written-twice", path: [...at, i], message }];
    }
    if (each !== begin && below.startsWith(begin)) {
      const message = `${each} opens every path. Name those that are public, or set auth.type = "none" here.`;
      return [{ code: "no-sign-in", path: [...at, i], message }];
    }
    if (`${begin}/`.startsWith(below)) return [];
    const message = `${each} is not below ${path}, the route's path. Write ${below}...`;
    return [{ code: "no-effect", path: [...at, i], message }];
  });
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((each) => other.includes(each));
}
