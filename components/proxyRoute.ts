import * as pulumi from "@pulumi/pulumi";
import { type Route, routeUrl } from "../manifest/resolve";
import { FirewallRule } from "./firewallRule";
import { Fragment } from "./fragment";
import type { RemoteHost } from "./remoteHost";

export interface ProxyRouteArgs {
  /** Host of the proxy. */
  readonly proxy: RemoteHost;
  /** Host of the service, which lets the proxy in. */
  readonly host: RemoteHost;
  /** The service's routes that share one domain, as the manifest has them. */
  readonly routes: readonly Route[];
}

/** A public name of a service: its site on the proxy, and the way from there to the service. */
export class ProxyRoute extends pulumi.ComponentResource {
  /** Where people go. */
  readonly url: string;

  constructor(name: string, args: ProxyRouteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nixmox:index:ProxyRoute", name, {}, opts);
    const { proxy, host, routes } = args;
    this.url = routeUrl(routes[0]!);
    const way =
      proxy === host
        ? []
        : [
            new FirewallRule(
              `${name}-firewall`,
              { host, source: proxy.address, ports: upstreamPorts(routes), comment: "proxy" },
              { parent: this },
            ),
          ];
    const content = renderSite(routes);
    new Fragment(
      `${name}-fragment`,
      { host: proxy, kind: "routes", file: name, content },
      { parent: this, dependsOn: way },
    );
    this.registerOutputs({ url: this.url });
  }
}

/** The ports that routes lead to, all of them on the service's host. */
function upstreamPorts(routes: readonly Route[]): number[] {
  const ports = routes.map(({ upstream }) => Number(upstream.split(":")[1]));
  return [...new Set(ports)].sort((a, b) => a - b);
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

/** One site of a Caddyfile. The longest path is matched first, whatever the order. */
export function renderSite(routes: readonly Route[]): string {
  const { domain, tls } = routes[0]!;
  const byPath = [...routes].sort((a, b) => b.path.length - a.path.length);
  const body = [...headers, ...byPath.flatMap((route, i) => renderHandler(route, `@path${i + 1}`))];
  if (!routes.some(({ path }) => path === "/")) body.push("handle {", "\trespond 404", "}");
  return [
    `${tls ? domain : `http://${domain}`} {`,
    ...body.map((line) => `\t${line}`),
    "}",
    "",
  ].join("\n");
}

/** Caddy's reverse proxy carries WebSockets as they come. */
function renderHandler({ path, upstream, extra_config: extra }: Route, matcher: string): string[] {
  const below = path.replace(/\/$/, "");
  return [
    ...(below ? [`${matcher} path ${below} ${below}/*`] : []),
    `handle${below ? ` ${matcher}` : ""} {`,
    ...extra
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => `\t${line}`),
    `\treverse_proxy ${upstream}`,
    "}",
  ];
}
