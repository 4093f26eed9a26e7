import * as pulumi from "@pulumi/pulumi";
import type { Route } from "../manifest/resolve";
import type { Role } from "../manifest/manifestSchema";
import { DnsRecord } from "./dnsRecord";
import { ProxyRoute } from "./proxyRoute";
import type { Service } from "./service";

export interface PublicationArgs {
  /** The service that becomes known. */
  readonly service: Service;
  /** Who provides a role, if anybody does. */
  readonly provider: (role: Role) => Service | undefined;
}

/** Makes a healthy service known: its names resolve and its routes are served. */
export class Publication extends pulumi.ComponentResource {
  /** Where people reach the service. */
  readonly urls: readonly string[];

  constructor(name: string, args: PublicationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nixmox:index:Publication", name, {}, opts);
    const { service, provider } = args;
    this.urls = this.route(name, service, provider("proxy"));
    this.record(name, service, provider("dns"), provider("proxy"));
    this.registerOutputs({ urls: this.urls });
  }

  private route(name: string, service: Service, proxy: Service | undefined): string[] {
    if (!proxy) return [];
    return byDomain(service.entry.interface.proxy).map(([domain, routes]) => {
      const route = new ProxyRoute(
        `${name}-route-${domain.replaceAll(".", "-")}`,
        { proxy: proxy.host, host: service.host, routes },
        { parent: this, dependsOn: [service.healthy, proxy.healthy] },
      );
      return route.url;
    });
  }

  private record(
    name: string,
    service: Service,
    dns: Service | undefined,
    proxy: Service | undefined,
  ): void {
    if (!dns) return;
    const { hostname, ip, interface: contracts } = service.entry;
    new DnsRecord(
      `${name}-dns`,
      {
        host: dns.host,
        hostname,
        address: ip,
        domains: Object.values(contracts.proxy).map(({ domain }) => domain),
        proxyAddress: proxy?.entry.ip,
      },
      { parent: this, dependsOn: [service.healthy, dns.healthy] },
    );
  }
}

/** Routes of one domain make one site. */
function byDomain(routes: Readonly<Record<string, Route>>): [string, Route[]][] {
  const sites = new Map<string, Route[]>();
  for (const route of Object.values(routes)) {
    sites.set(route.domain, [...(sites.get(route.domain) ?? []), route]);
  }
  return [...sites];
}
