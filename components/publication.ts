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
    this.urls = this.route(service, provider("proxy"));
    this.record(service, provider("dns"), provider("proxy"));
    this.registerOutputs({ urls: this.urls });
  }

  private route(service: Service, proxy: Service | undefined): string[] {
    if (!proxy) return [];
    return byDomain(service.entry.interface.proxy).map(([key, routes]) => {
      const name = service.entry.name;
      const route = new ProxyRoute(
        key === "default" ? `${name}-route` : `${name}-route-${key}`,
        { proxy: proxy.host, host: service.host, routes },
        { parent: this, dependsOn: [service.healthy, proxy.healthy] },
      );
      return route.url;
    });
  }

  private record(service: Service, dns: Service | undefined, proxy: Service | undefined): void {
    if (!dns) return;
    const { name, hostname, ip, interface: contracts } = service.entry;
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

/** Routes of one domain make one site; it is called after the first of them. */
function byDomain(routes: Readonly<Record<string, Route>>): [string, Route[]][] {
  const sites = new Map<string, [string, Route[]]>();
  for (const [key, route] of Object.entries(routes)) {
    const site = sites.get(route.domain);
    if (site) site[1].push(route);
    else sites.set(route.domain, [key, [route]]);
  }
  return [...sites.values()];
}
