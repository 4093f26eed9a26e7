import * as pulumi from "@pulumi/pulumi";
import { FirewallRule } from "./firewallRule";
import { Fragment } from "./fragment";
import type { RemoteHost } from "./remoteHost";

/** Where every host's node exporter listens. */
export const nodeExporterPort = 9100;

export interface ScrapeTargetArgs {
  /** Host of the monitoring service. */
  readonly monitoring: RemoteHost;
  /** Host that is monitored. */
  readonly host: RemoteHost;
  /** Name of the service, as the label `service`. */
  readonly service: string;
}

/** Has the monitoring service scrape a host's node exporter, and lets it in there. */
export class ScrapeTarget extends pulumi.ComponentResource {
  constructor(name: string, args: ScrapeTargetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nixmox:index:ScrapeTarget", name, {}, opts);
    const content = renderTarget(args.service, args.host.address);
    new Fragment(
      `${name}-fragment`,
      { host: args.monitoring, kind: "scrape", file: name, content },
      { parent: this },
    );
    if (args.host !== args.monitoring) {
      new FirewallRule(
        `${name}-firewall`,
        {
          host: args.host,
          source: args.monitoring.address,
          ports: [nodeExporterPort],
          comment: "monitoring",
        },
        { parent: this },
      );
    }
    this.registerOutputs({ target: `${args.host.address}:${nodeExporterPort}` });
  }
}

/** The target in the form of Prometheus's file_sd. */
export function renderTarget(service: string, address: string): string {
  const group = { targets: [`${address}:${nodeExporterPort}`], labels: { service } };
  return `${JSON.stringify([group], null, 2)}\n`;
}
