import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { HealthSpec } from "../manifest/resolve/spec";
import type { RemoteHost } from "./remoteHost";
import { renderScript } from "./script";

export interface HealthGateArgs {
  /** Name of the service, for messages. */
  readonly service: string;
  /** Its systemd unit, whose journal a failure shows. */
  readonly unit: string;
  /** The checks as the manifest has them. */
  readonly health: HealthSpec;
  /** Seconds that all attempts together may take. */
  readonly deadline: number;
  /** What was activated or written; the checks run again when one of these changes. */
  readonly versions: readonly pulumi.Input<string>[];
}

/**
 * Blocks until a service is up (`health.startup`) and serves requests (`health.readiness`). When it
 * gives up, it shows what the check printed and the last lines of the host's journal.
 */
export function healthGate(
  name: string,
  host: RemoteHost,
  { service, unit, health, deadline, versions }: HealthGateArgs,
  opts: pulumi.CustomResourceOptions,
): command.remote.Command {
  const { interval, timeout, retries, startup, readiness } = health;
  const render = (seen: readonly string[]) =>
    renderScript(
      "check-health",
      service,
      unit,
      interval,
      timeout,
      retries,
      deadline,
      startup,
      readiness,
      ...seen,
    );
  return host.run(name, { create: pulumi.all([...versions]).apply(render) }, opts);
}
