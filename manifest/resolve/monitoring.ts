import { mapValues } from "../tables";
import type { PlacedService } from "./context";
import type { AlertingSpec, MetricsSpec } from "./monitoringSpec";
import { portsOf } from "./ports";
import type { RouteSpec } from "./spec";
import { tcpPorts } from "./tcpPorts";

/** The pages of metrics that a service offers, by name. */
export function resolveMetrics(
  each: PlacedService,
  routes: readonly RouteSpec<undefined>[],
): Record<string, MetricsSpec<undefined>> {
  return mapValues(each.entry.interface?.metrics ?? {}, (page) => {
    const port = page?.port ?? tcpPorts(portsOf(each))[0];
    const isServed = routes.some(
      ({ upstream, upstream_tls: tls }) => tls === true && upstream?.endsWith(`:${port}`),
    );
    return { port, path: page?.path, tls: page?.tls ?? isServed };
  });
}

/** Whom a monitoring service tells of what; nothing of other services. */
export function resolveAlerting({ entry }: PlacedService): AlertingSpec<undefined> | undefined {
  return entry.interface?.alerting;
}
