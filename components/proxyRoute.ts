import * as pulumi from "@pulumi/pulumi";
import type { RouteSpec } from "../manifest/resolve/spec";
import { caFile } from "../manifest/resolve/paths";
import type { RemoteHost } from "./remoteHost";

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
  const upstreams = [...new Set(routes.map(({ upstream }) => upstream))];
  const byPath = [...routes].sort((a, b) => b.path.length - a.path.length);
  const body = [
    ...headers,
    ...(tls ? [strictTransport] : []),
    ...byPath.flatMap((route, i) => renderHandler(route, `@path${i + 1}`, hostname)),
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

/** Caddy's reverse proxy passes WebSockets through without further configuration. */
function renderHandler(
  { path, upstream, upstream_tls: isTls, extra_config: extra }: RouteSpec,
  matcher: string,
  hostname: string,
): string[] {
  const below = path.replace(/\/$/, "");
  return [
    ...(below ? [`${matcher} path ${below} ${below}/*`] : []),
    `handle${below ? ` ${matcher}` : ""} {`,
    ...extra
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => `\t${line}`),
    ...(isTls ? renderTlsUpstream(upstream, hostname) : [`reverse_proxy ${upstream}`]).map(
      (line) => `\t${line}`,
    ),
    "}",
  ];
}

/**
 * Only the homelab's own authority is trusted, for the name of the service's host. Caddy prefers
 * `tls_trust_pool` since 2.8 and takes this, too; older ones take nothing else.
 */
function renderTlsUpstream(upstream: string, hostname: string): string[] {
  return [
    `reverse_proxy https://${upstream} {`,
    "\ttransport http {",
    `\t\ttls_server_name ${hostname}`,
    `\t\ttls_trusted_ca_certs ${caFile}`,
    "\t}",
    "}",
  ];
}
