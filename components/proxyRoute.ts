import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { GuardSpec, RouteSpec, UpstreamTrust } from "../manifest/resolve/spec";
import { caFile } from "../manifest/resolve/paths";
import { renderGuard, renderIdentityRemoval, renderOwnPaths } from "./routeGuard";
import { renderDefaults, renderHeaders } from "./routeHeaders";
import type { RemoteHost } from "./remoteHost";

export interface ProxyRouteArgs {
  /** Host of the proxy. */
  readonly proxy: RemoteHost;
  /** The routes of one service that share a domain, as the manifest has them. */
  readonly routes: readonly RouteSpec[];
  /** The name in the certificate of a service that serves TLS itself. */
  readonly hostname: string;
  /** What its file was called when a service had one for each of its domains. */
  readonly formerly?: string;
}

/**
 * A public name of a service on the proxy. Each of its paths is a file of its own that is named after
 * domain and path alone: a path that moves to another service is the same file with another content,
 * and two services never claim it at once.
 */
export class ProxyRoute extends pulumi.ComponentResource {
  /** What people open in a browser. */
  readonly url: string;

  constructor(name: string, args: ProxyRouteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nixmox:index:ProxyRoute", name, {}, opts);
    const { proxy, routes, hostname, formerly } = args;
    this.url = routes[0]!.url;
    const guards = routes.flatMap(({ guard }) => guard ?? []);
    routes.forEach((route, i) => {
      const { domain, path } = route;
      const below = path === "/" ? "" : path;
      proxy.dropIn(
        `${proxy.name}-route-${domain}${below}-site`,
        {
          kind: "routes",
          content: renderRoute(route, { hostname, guards }),
          file: fileOf(domain, path),
        },
        // The component's own type is the only one above it, so that it may change its service.
        {
          parent: this,
          ...(i === 0 && formerly !== undefined && { aliases: [{ name: formerly }] }),
        },
      );
    });
    this.registerOutputs({ url: this.url });
  }
}

/** A file's name cannot have all the characters of a domain and a path, so a hash tells them apart. */
function fileOf(domain: string, path: string): string {
  const words = `${domain}${path}`.replace(/[^a-z0-9]+/gi, "-").toLowerCase();
  return `${words.replace(/^-|-$/g, "")}-${idOf(domain, path)}`;
}

/** What tells a path of a domain from all others, in names on the proxy. */
function idOf(domain: string, path: string): string {
  return createHash("sha256").update(`${domain}${path}`).digest("hex").slice(0, 12);
}

export interface RouteSurroundings {
  /** The name in the certificate of a service that serves TLS itself. */
  readonly hostname: string;
  /** The guards of all routes of the service at this domain. */
  readonly guards: readonly GuardSpec[];
}

/**
 * What a site of the proxy does below one path. `extra_config` is free text, so the first line says
 * what the rest may be about, and the proxy compares them (`check-routes.sh`). The proxy makes one site
 * of all that share a domain, the longest path first (`assemble-sites.sh`).
 */
export function renderRoute(route: RouteSpec, { hostname, guards }: RouteSurroundings): string {
  const { domain, path, tls, guard } = route;
  const id = idOf(domain, path);
  const below = path.replace(/\/$/, "");
  const upstreams = [...new Set([...route.reaches, ...(guard ? [guard.upstream] : [])])];
  const claim = { domain, path, tls, upstreams, own_paths: guard?.own_paths ?? [] };
  const removal = guards.length > 0 ? renderIdentityRemoval(guards) : [];
  return [
    `# nixmox ${JSON.stringify(claim)}`,
    ...(guard ? renderOwnPaths(guard, id, [...renderDefaults(tls), ...removal]) : []),
    ...(below ? [`@nixmox_${id} path ${below} ${below}/*`] : []),
    `handle${below ? ` @nixmox_${id}` : ""} {`,
    ...indent([...removal, ...renderHandler(route, id, hostname)]),
    "}",
    "",
  ].join("\n");
}

/**
 * What happens to the requests below one path. Directives of a guarded route come after its guard,
 * whatever order Caddy would give them.
 */
function renderHandler(route: RouteSpec, id: string, hostname: string): string[] {
  const { around, inside } = renderHeaders(route);
  const answer = [...inside, ...renderAnswer(route, hostname)];
  const body = route.guard
    ? [
        "route {",
        ...indent([...renderGuard(route.guard, id), "handle {", ...indent(answer), "}"]),
        "}",
      ]
    : ["handle {", ...indent(answer), "}"];
  return [...around, ...body];
}

/** Caddy passes WebSockets and streams of events through without further configuration. */
function renderAnswer(
  { upstream, upstream_tls: isTls, root, redirect, redirect_status: status, trust }: RouteSpec,
  hostname: string,
): string[] {
  if (redirect !== undefined) return [`redir * "${redirect}" ${status}`];
  if (root !== undefined) return [`root * ${root}`, "file_server"];
  if (upstream === undefined) return [];
  return isTls
    ? renderTlsUpstream(upstream, trust ?? trustOf(hostname))
    : [`reverse_proxy ${upstream}`];
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
