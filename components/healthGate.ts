import * as pulumi from "@pulumi/pulumi";
import type { Service } from "../manifest/resolve";
import type { RemoteHost } from "./remoteHost";
import { quote, script } from "./shell";

export interface HealthGateArgs {
  readonly host: RemoteHost;
  /** Name of the service, for messages. */
  readonly service: string;
  /** Its systemd unit, whose journal a failure shows. */
  readonly unit: string;
  /** The checks as the manifest has them. */
  readonly health: Service["interface"]["health"];
  /** Seconds that all tries together may take. */
  readonly deadline: number;
  /** What was activated or written; the checks run again when one of these changes. */
  readonly versions: readonly pulumi.Input<string>[];
}

/**
 * Lets nothing pass until a service is up (`health.startup`) and serves (`health.liveness`). When
 * it gives up, it shows the last lines of the host's journal.
 */
export class HealthGate extends pulumi.ComponentResource {
  constructor(name: string, args: HealthGateArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nixmox:index:HealthGate", name, {}, opts);
    args.host.command(
      `${name}-check`,
      {
        run: pulumi
          .all([...args.versions])
          .apply((versions) =>
            [renderGate(args), ...versions.map((v) => `# after ${v}`)].join("\n"),
          ),
      },
      { parent: this },
    );
    this.registerOutputs({ startup: args.health.startup, liveness: args.health.liveness });
  }
}

/** The checks as a shell script. */
export function renderGate({
  service,
  unit,
  health,
  deadline,
}: Pick<HealthGateArgs, "service" | "unit" | "health" | "deadline">): string {
  const { startup, liveness, interval, timeout, retries } = health;
  return script(
    "began=$(date +%s)",
    "gate() {",
    "  tries=0",
    `  until timeout ${timeout} sh -c "$2" </dev/null >/dev/null 2>&1; do`,
    "    tries=$((tries + 1))",
    "    waited=$(($(date +%s) - began))",
    `    if [ "$tries" -gt ${retries} ] || [ "$waited" -ge ${deadline} ]; then`,
    `      echo "Unable to see ${service} healthy: its $1 check still fails after $tries tries in $waited s: $2" >&2`,
    '      echo "The last lines of its journal:" >&2',
    `      journalctl --no-pager --quiet --lines 25 --unit ${quote(unit)} >&2`,
    "      systemctl list-units --failed --plain --no-legend --no-pager >&2",
    '      echo "Mend the service, or its interface.health in the manifest, and run pulumi up again." >&2',
    "      exit 1",
    "    fi",
    `    sleep ${interval}`,
    "  done",
    "}",
    `gate startup ${quote(startup)}`,
    `gate liveness ${quote(liveness)}`,
  );
}
