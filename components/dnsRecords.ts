import * as pulumi from "@pulumi/pulumi";
import { wildcardBase } from "../manifest/resolve/names";
import { defaultTtl as ttl, type OwnZone } from "../manifest/resolve/ownNames";
import { renderZone } from "./localData";
import type { RemoteHost } from "./remoteHost";

export interface DnsRecordsArgs {
  /** Host that answers for the domain. */
  readonly resolver: RemoteHost;
  /** Full name of the service's host, which the address's PTR record points to. */
  readonly hostname: string;
  /** Address of the service's host. */
  readonly address: string;
  /** Public names of the service, which are the proxy's. */
  readonly domains: readonly string[];
  /** Address of the proxy. */
  readonly proxyAddress?: string | undefined;
  /**
   * Those names of the homelab that need a zone of their own.
   * @default none
   */
  readonly zones?: ReadonlyMap<string, OwnZone>;
}

/** A service's names: its host's A and PTR records, and an A record for each public name. */
export class DnsRecords extends pulumi.ComponentResource {
  constructor(name: string, args: DnsRecordsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nixmox:index:DnsRecords", name, {}, opts);
    const content = renderRecords(args);
    args.resolver.dropIn(`${name}-records`, { kind: "dns", content }, { parent: this });
    this.registerOutputs({ hostname: args.hostname, domains: args.domains });
  }
}

/** The records in the syntax of Unbound's `server:` clause. */
export function renderRecords(args: Omit<DnsRecordsArgs, "resolver">): string {
  const { hostname, address, domains, proxyAddress, zones } = args;
  return [
    ...renderZone(hostname, zones?.get(hostname)),
    renderA(hostname, address),
    `local-data-ptr: "${address} ${ttl} ${hostname}"`,
    proxyAddress ? renderDomains(domains, proxyAddress, zones) : "",
  ].join("\n");
}

/** The records of public names, which all lead to the proxy. */
export function renderDomains(
  domains: readonly string[],
  proxyAddress: string,
  zones?: DnsRecordsArgs["zones"],
): string {
  const names = [...new Set(domains)].map((domain) => wildcardBase(domain) ?? domain);
  return [...new Set(names)]
    .flatMap((name) => [...renderZone(name, zones?.get(name)), renderA(name, proxyAddress)])
    .map((line) => `${line}\n`)
    .join("");
}

function renderA(name: string, address: string): string {
  return `local-data: "${name}. ${ttl} IN A ${address}"`;
}
