import * as pulumi from "@pulumi/pulumi";
import type { RouteSpec, UpstreamTrust } from "../manifest/resolve/spec";
import { caFile } from "../manifest/resolve/paths";
import type { RemoteHost } from "./remoteHost";
import { renderGuard, renderIdentityRemoval, renderOwnPaths } from "./routeGuard";

export interface ProxyRouteArgs {
  /** Host of the proxy. */
  readonly proxy: RemoteHost;
  /** The service's routes that share one domain, as the manifest has them. */
  readonly routes: readonly RouteSpec[];
  /** The name in the certificate of a service that serves TLS itself. */
  readonly hostname: string;
}

/** A public name of a service: its site on the proxy. The service's host lets the proxy in. */
export class ProxyRoute extends pulumi.ComponentResource {
  /** What people open in a browser. */
  readonly url: string;

  constructor(name: string, args: ProxyRouteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nixmox:index:ProxyRoute", name, {}, opts);
    const { proxy, routes, hostname } = args;
    this.url = routes[0]!.url;
    proxy.dropIn(
      `${name}-site`,
      { kind: "routes", content: renderSite(routes, hostname) },
      { parent: this },
    );
    this.registerOutputs({ url: this.url });
  }
}

const headers = [
  "header {",
  "\tX-Content-Type-Options nosniff",
  "\tX-Frame-Options SAMEORIGIN",
  '\tX-XSS-Protection "1; mode=block"',
  "\tReferrer-Policy strict-origin-when-cross-origin",
  "\t-Server",
  "}",
];

/**
 * Browsers use HTTPS alone from now on. Whether the names below this one have it is for their own
 * routes to say, and an application that sends the header itself knows better.
 */
const strictTransport = 'header ?Strict-Transport-Security "max-age=31536000"';

/**
 * One site of a Caddyfile. `extra_config` is free text, so the first line says what the rest may be
 * about, and the proxy compares them (`check-routes.sh`). The longest path is matched first, in
 * whatever order they come.
 */
export function renderSite(routes: readonly RouteSpec[], hostname: string): string {
  const { domain, tls } = routes[0]!;
  const guards = routes.flatMap(({ guard }) => guard ?? []);
  const upstreams = [...new Set([...routes, ...guards].map(({ upstream }) => upstream))];
  const byPath = [...routes].sort((a, b) => b.path.length - a.path.length);
  const body = [
    ...headers,
    ...(tls ? [strictTransport] : []),
    ...(guards.length > 0 ? renderIdentityRemoval(guards) : []),
    ...renderOwnPaths(guards),
    ...byPath.flatMap((route, i) => renderHandler(route, i + 1, hostname)),
  ];
  if (!routes.some(({ path }) => path === "/")) body.push("handle {", "\trespond 404", "}");
  return [
    `# nixmox ${JSON.stringify({ domain, tls, upstreams })}`,
    `${tls ? domain : `http://${domain}`} {`,
    ...body.map((line) => `\t${line}`),
    "}",
    "",
  ].join("\n");
}

/**
 * What happens to the requests below one path. Directives of a guarded route come after its guard,
 * whatever order Caddy would give them.
 */
function renderHandler(route: RouteSpec, id: number, hostname: string): string[] {
  const below = route.path.replace(/\/$/, "");
  const matcher = `@path${id}`;
  const answer = renderAnswer(route, hostname);
  const body = route.guard
    ? [
        "route {",
        ...indent([...renderGuard(route.guard, id), "handle {", ...indent(answer), "}"]),
        "}",
      ]
    : answer;
  return [
    ...(below ? [`${matcher} path ${below} ${below}/*`] : []),
    `handle${below ? ` ${matcher}` : ""} {`,
    ...indent(body),
    "}",
  ];
}

/** Caddy's reverse proxy passes WebSockets through without further configuration. */
function renderAnswer(
  { upstream, upstream_tls: isTls, trust, extra_config: extra }: RouteSpec,
  hostname: string,
): string[] {
  return [
    ...extra.split("\n").filter((line) => line.trim() !== ""),
    ...(isTls
      ? renderTlsUpstream(upstream, trust ?? trustOf(hostname))
      : [`reverse_proxy ${upstream}`]),
  ];
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `\t${line}`);
}

/** A service's certificate is the homelab's own, for the name of its host. */
function trustOf(hostname: string): UpstreamTrust {
  return { insecure: false, server_name: hostname, ca: { path: caFile } };
}

/** Caddy prefers `tls_trust_pool` since 2.8 and takes this, too; older ones take nothing else. */
function renderTlsUpstream(
  upstream: string,
  { insecure, server_name: name, ca }: UpstreamTrust,
): string[] {
  return [
    `reverse_proxy https://${upstream} {`,
    "\ttransport http {",
    `\t\ttls_server_name ${name}`,
    ...(ca ? [`\t\ttls_trusted_ca_certs ${ca.path}`] : []),
    ...(insecure ? ["\t\ttls_insecure_skip_verify"] : []),
    "\t}",
    "}",
  ];
}
