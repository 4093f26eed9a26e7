import type { RouteSpec } from "../manifest/resolve/spec";
import type { OwnZone } from "../manifest/resolve/ownNames";
import { DnsRecords } from "./dnsRecords";
import { ProxyRoute } from "./proxyRoute";
import type { RunStep } from "./rollout";
import type { Service } from "./service";

export interface IngressArgs {
  /** The service to publish. */
  readonly service: Service;
  /** Creates its step `published`. */
  readonly step: RunStep;
  /** Who serves its routes. */
  readonly proxy?: Service | undefined;
  /** Who answers for its names. */
  readonly resolver?: Service | undefined;
  /** The names that need a zone of their own there. */
  readonly zones: ReadonlyMap<string, OwnZone>;
}

/** Publishes a healthy service: its names resolve and its routes are served. */
export class Ingress {
  /** Where people reach the service. */
  readonly urls: readonly string[];

  constructor({ service, step, proxy, resolver, zones }: IngressArgs) {
    const { name, hostname, ip: address, interface: contracts } = service.spec;
    const routes = Object.values(contracts.routes);
    let sites: ProxyRoute[] = [];
    step("published", (dependsOn) => {
      const opts = { parent: service, dependsOn };
      sites = byDomain(routes).map(
        ([domain, shared]) =>
          new ProxyRoute(
            `${name}-route-${domain}`,
            {
              proxy: proxy!.host,
              routes: shared,
              hostname,
              formerly: `${name}-route-${domain}-site`,
            },
            opts,
          ),
      );
      const domains = routes.map(({ domain }) => domain);
      const args = { hostname, address, domains, proxyAddress: proxy?.spec.ip, zones };
      const records = resolver
        ? [new DnsRecords(`${name}-dns`, { resolver: resolver.host, ...args }, opts)]
        : [];
      return [...sites, ...records];
    });
    this.urls = sites.map(({ url }) => url);
  }
}

/** Routes with the same domain form one site. */
function byDomain(routes: readonly RouteSpec[]): [string, RouteSpec[]][] {
  const sites = new Map<string, RouteSpec[]>();
  for (const route of routes) {
    sites.set(route.domain, [...(sites.get(route.domain) ?? []), route]);
  }
  return [...sites];
}
