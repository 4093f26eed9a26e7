import { answersOf } from "../caddyfile/answers";
import { foreignPlaceholders } from "../caddyfile/findFaults";
import type { Issue, Path } from "../issue";
import type { RouteSpec } from "../resolve/spec";
import { isGuarded } from "../resolve/routes";
import type { CheckContext } from "./context";
import type { RouteOwner } from "./placedRoutes";

/** A route is answered in one way, and what it adds to answers is what a proxy may add. */
export function checkRouteAnswers(context: CheckContext, { routes }: RouteOwner): Issue[] {
  return routes.flatMap(({ at, ...route }) => [
    ...checkAnswer(context, route, at),
    ...checkHeaders(route, at),
    ...checkWildcard(context, route, at),
  ]);
}

/** What decides about a route, and what then has no effect. */
function checkAnswer(
  { isWritten, isFaulty }: CheckContext,
  route: RouteSpec<undefined>,
  at: Path,
): Issue[] {
  const { root, redirect, upstream, upstream_tls: isTls, domain, path } = route;
  const { directive, upstreams } = answersOf(route.extra_config ?? "");
  const ways = [
    ...(redirect === undefined ? [] : ["redirect"]),
    ...(root === undefined ? [] : ["root"]),
    // Files that PHP does not answer for are served from the same folder.
    ...(directive === undefined || (root !== undefined && directive === "php_fastcgi")
      ? []
      : ["extra_config"]),
    ...(isWritten([...at, "upstream"]) && !upstreams.includes(upstream ?? "") ? ["upstream"] : []),
  ];
  const noEffect = (key: string, message: string) => [
    { code: "no-effect" as const, path: [...at, key], message },
  ];
  if (ways.some((key) => isFaulty([...at, key]))) return [];
  if (ways.length > 1) {
    const by = ways[0] === "extra_config" ? `${directive} in extra_config` : ways[0]!;
    return noEffect(ways[1]!, `${by} answers every request already. Remove one of them.`);
  }
  const status = [...at, "redirect_status"];
  if (redirect === undefined && isWritten(status) && !isFaulty(status)) {
    return noEffect("redirect_status", "there is no redirect. Add one, or remove this.");
  }
  if (
    isWritten([...at, "upstream_tls"]) &&
    isTls !== false &&
    upstream === undefined &&
    ways.length > 0
  ) {
    return noEffect(
      "upstream_tls",
      `${ways[0]} leaves no request to an upstream. Remove one of them.`,
    );
  }
  if (redirect === undefined || domain === undefined || path === undefined) return [];
  const target = new URL(redirect.replace("{uri}", "/"));
  const below = path.replace(/\/$/, "");
  const isBack =
    target.hostname === domain &&
    target.protocol === (route.tls === false ? "http:" : "https:") &&
    (redirect.endsWith("{uri}") || `${target.pathname}/`.startsWith(`${below}/`));
  if (!isBack) return [];
  const message = `${redirect} is this route itself, so browsers would never arrive. Redirect to another address.`;
  return [{ code: "asks-itself", path: [...at, "redirect"], message }];
}

/** Headers that are about the connection, not the answer, and the length of what is sent. */
const ofConnection = [
  "connection",
  "content-length",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

function checkHeaders({ headers }: RouteSpec<undefined>, at: Path): Issue[] {
  const names = Object.keys(headers);
  return names.flatMap((name, i): Issue[] => {
    const path = [...at, "headers", name];
    const other = names.slice(0, i).find((each) => each.toLowerCase() === name.toLowerCase());
    if (other !== undefined) {
      const message = `it is the same header as ${other}. Remove one.`;
      return [{ code: "written-twice", path, message }];
    }
    if (ofConnection.includes(name.toLowerCase())) {
      const message = "this header is the connection's, which the proxy decides. Remove it.";
      return [{ code: "reserved-name", path, message }];
    }
    const [foreign] = foreignPlaceholders(String(headers[name]));
    if (foreign === undefined) return [];
    const message = `Caddy would replace {${foreign}} by something that is not the request's. Remove it.`;
    return [{ code: "leaves-route", path, message }];
  });
}

/** A wildcard has one level, is below the homelab's domain, and is not where users sign in. */
function checkWildcard({ manifest }: CheckContext, route: RouteSpec<undefined>, at: Path): Issue[] {
  const { domain } = route;
  if (!domain?.startsWith("*.")) return [];
  const above = domain.slice(2);
  if (above === manifest.network.domain) {
    const message = `${domain} would be every name of the homelab, hosts' included. Use one level more, such as *.apps.${above}.`;
    return [{ code: "reserved-name", path: [...at, "domain"], message }];
  }
  if (!isGuarded(route)) return [];
  const message =
    "the proxy signs users in at one name, and this route has any number of them. Give it a name, or the sign-in to the service itself.";
  return [{ code: "no-sign-in", path: [...at, "domain"], message }];
}
