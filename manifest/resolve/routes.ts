import { answersOf } from "../caddyfile/answers";
import { type Context, rolesOf, type PlacedService } from "./context";
import { portsOf } from "./ports";
import type { RouteSpec } from "./spec";
import { tcpPorts } from "./tcpPorts";

/** A service's routes by name, except those that lead to a database port. */
export function resolveRoutes(
  context: Context,
  each: PlacedService,
): Record<string, RouteSpec<undefined>> {
  const routes = Object.keys(each.entry.interface?.routes ?? {}).map(
    (key) => [key, resolveRoute(context, each, key)] as const,
  );
  return Object.fromEntries(routes.filter(([, { upstream }]) => !isDatabasePort(each, upstream)));
}

/** Whether an upstream is the service's own database port, which does not serve HTTP. */
export function isDatabasePort(each: PlacedService, upstream: string | undefined): boolean {
  return (
    rolesOf(each).includes("database") &&
    upstream === `${each.entry.ip}:${tcpPorts(portsOf(each))[0]}`
  );
}

export function resolveRoute(
  { network }: Context,
  each: PlacedService,
  key: string,
): RouteSpec<undefined> {
  const { name, entry } = each;
  const route = entry.interface?.routes?.[key];
  const { domain: base } = network;
  const [port] = tcpPorts(portsOf(each));
  const derived = {
    domain: base === undefined ? undefined : `${key === "default" ? name : key}.${base}`,
    upstream: entry.ip === undefined || port === undefined ? undefined : `${entry.ip}:${port}`,
  };
  const answers = answersOf(route?.extra_config ?? "");
  const isAnswered = [route?.root, route?.redirect, answers.directive].some(
    (each) => each !== undefined,
  );
  const upstream = route?.upstream ?? (isAnswered ? undefined : derived.upstream);
  const reaches = [upstream, ...answers.upstreams.filter((to) => to.split(":")[0] === entry.ip)];
  const auth = route?.auth ?? entry.interface?.auth;
  const [domain, path, tls] = [route?.domain ?? derived.domain, route?.path, route?.tls];
  return {
    domain,
    path,
    upstream,
    reaches: [...new Set(reaches.filter((each) => each !== undefined))],
    tls,
    upstream_tls: route?.upstream_tls,
    authz: route?.authz,
    auth,
    public_paths:
      route?.public_paths ??
      (isGuarded({ auth, authz: route?.authz }) ? derivedPublicPaths(path) : []),
    extra_config: route?.extra_config,
    headers: definedIn(route?.headers),
    root: route?.root,
    redirect: route?.redirect,
    redirect_status: route?.redirect_status,
    url:
      domain === undefined || path === undefined
        ? undefined
        : `${tls === false ? "http" : "https"}://${domain}${path}`,
  };
}

/** The entries of a table that are not wrong. */
function definedIn<T>(table: Readonly<Record<string, T | undefined>> = {}): Record<string, T> {
  return Object.fromEntries(
    Object.entries(table).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}

/** What monitoring asks for, below the route's own path. */
function derivedPublicPaths(path = "/"): string[] {
  return ["/health", "/metrics", "/alive"].map((each) => `${path.replace(/\/$/, "")}${each}`);
}

/** Whether the proxy lets only signed-in users reach a route. */
export function isGuarded({ auth, authz }: Pick<RouteSpec<undefined>, "auth" | "authz">): boolean {
  return auth?.type === "forward_auth" || (auth?.type === "oidc" && authz === true);
}
