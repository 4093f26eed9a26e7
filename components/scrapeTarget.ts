import type * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import { nodeExporterPort } from "../manifest/resolve/paths";
import type { ServiceSpec } from "../manifest/resolve/spec";
import type { RemoteHost } from "./remoteHost";

/** Whom the monitoring looks at: a service, the unit that it is, and its pages of metrics. */
export type ScrapeTargetArgs = Pick<ServiceSpec, "name" | "ip" | "hostname" | "unit"> & {
  readonly interface: Pick<ServiceSpec["interface"], "metrics">;
};

/** Has the monitoring service scrape a host's node exporter and what else it offers. */
export function scrapeTarget(
  name: string,
  monitoring: RemoteHost,
  service: ScrapeTargetArgs,
  opts: pulumi.CustomResourceOptions,
): command.remote.Command {
  return monitoring.dropIn(name, { kind: "scrape", content: renderTarget(service) }, opts);
}

/** The targets in Prometheus's file_sd format. */
export function renderTarget(service: ScrapeTargetArgs): string {
  const { name, ip, unit } = service;
  const node = { targets: [`${ip}:${nodeExporterPort}`], labels: { service: name, unit } };
  return `${JSON.stringify([node, ...pagesOf(service)], null, 2)}\n`;
}

/** What is set with two underscores says how to get there, and is no label of what is found. */
function pagesOf({ name, ip, hostname, interface: { metrics } }: ScrapeTargetArgs) {
  return Object.entries(metrics).map(([job, { port, path, tls }]) => ({
    // A certificate is for the name.
    targets: [`${tls ? hostname : ip}:${port}`],
    labels: {
      service: name,
      job,
      ...(tls && { __scheme__: "https" }),
      ...(path !== "/metrics" && { __metrics_path__: path }),
    },
  }));
}
