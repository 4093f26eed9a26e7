import type { z } from "zod";
import type { alerting } from "../schema/monitoring";
import type { Faulty } from "../schema/parse";

/** A page from which the monitoring reads a service's metrics. */
export interface MetricsSpec<Gap = never> {
  readonly port: number | Gap;
  readonly path: string | Gap;
  readonly tls: boolean;
}

/** Whom a monitoring service tells of alerts, and its rules beyond those that NixMox ships. */
export type AlertingSpec<Gap = never> = [Gap] extends [never]
  ? z.infer<typeof alerting>
  : Faulty<z.infer<typeof alerting>>;
