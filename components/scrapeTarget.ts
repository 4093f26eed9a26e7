import type * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import { nodeExporterPort } from "../manifest/resolve/paths";
import type { RemoteHost } from "./remoteHost";

export interface ScrapeTargetArgs {
  /** Name of the service, as the label `service`. */
  readonly service: string;
  /** Address of its host, whose node exporter is scraped. */
  readonly address: string;
}

/** Has the monitoring service scrape a host's node exporter, which lets it in. */
export function scrapeTarget(
  name: string,
  monitoring: RemoteHost,
  { service, address }: ScrapeTargetArgs,
  opts: pulumi.CustomResourceOptions,
): command.remote.Command {
  const content = renderTarget(service, address);
  return monitoring.dropIn(name, { kind: "scrape", content }, opts);
}

/** The target in Prometheus's file_sd format. */
export function renderTarget(service: string, address: string): string {
  const group = { targets: [`${address}:${nodeExporterPort}`], labels: { service } };
  return `${JSON.stringify([group], null, 2)}\n`;
}
