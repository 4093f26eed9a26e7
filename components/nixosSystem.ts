import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Files } from "../manifest/flake";
import type { RemoteHost } from "./remoteHost";
import type { RunStep } from "./rollout";
import { renderScript, textOf } from "./script";
import type { Reboot } from "../manifest/schema/values";

export interface NixosSystemArgs {
  readonly host: RemoteHost;
  /** Name of the host's configuration in the flake. */
  readonly configuration: string;
  /** The flake as the host gets it: the text of each file by its path. */
  readonly files: pulumi.Input<Files>;
  /** How many times the build is attempted. */
  readonly attempts: number;
  /** Seconds between two attempts. */
  readonly delay: number;
  /** Whether the host may be rebooted if a running system cannot become the new one. */
  readonly reboot: Reboot;
  /** Creates the steps `build` and `switch`. */
  readonly step: RunStep;
}

/**
 * A host's NixOS system in two steps. `build` needs only its host, so that all hosts build side by
 * side. `switch` activates exactly what was built; the previous generation is kept.
 */
export class NixosSystem extends pulumi.ComponentResource {
  /** Store path of the active system. */
  readonly active: pulumi.Output<string>;

  constructor(name: string, args: NixosSystemArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nixmox:index:NixosSystem", name, {}, opts);
    const { host, step, reboot } = args;
    let build!: command.remote.Command;
    step("build", (dependsOn) => {
      build = host.run(
        `${name}-build`,
        {
          create: renderScript("build-system", args.configuration, args.attempts, args.delay),
          stdin: pulumi.output(args.files).apply(bundle),
        },
        { parent: this, dependsOn, customTimeouts: { create: "60m", update: "60m" } },
      );
      return [build];
    });
    let active!: command.remote.Command;
    step("switch", (dependsOn) => {
      const switched = host.run(
        `${name}-switch`,
        {
          create: build.stdout.apply((system) =>
            renderScript("switch-system", system.trim(), reboot),
          ),
          stdin: textOf("activate-system"),
        },
        { parent: this, dependsOn },
      );
      active = reboot === "never" ? switched : this.awaitBoot(name, host, switched);
      return [active];
    });
    this.active = active.stdout.apply((system) => system.trim());
    this.registerOutputs({ system: this.active });
  }

  /** Waits for a host that may be rebooting: it lets nobody in until it is back. */
  private awaitBoot(
    name: string,
    host: RemoteHost,
    { stdout }: command.remote.Command,
  ): command.remote.Command {
    const create = stdout.apply((system) => renderScript("await-boot", system.trim(), bootSeconds));
    return host.run(`${name}-boot`, { create }, { parent: this });
  }
}

/** How long a host may take from its first answer until everything that it starts has started. */
const bootSeconds = 300;

/** The files as a tree of JSON objects, which Nix itself writes to disk on the host. */
function bundle(files: Files): string {
  const tree: Record<string, unknown> = {};
  for (const path of Object.keys(files).sort()) {
    const folders = path.split("/");
    const file = folders.pop()!;
    let at = tree;
    for (const folder of folders) {
      if (!Object.hasOwn(at, folder)) at[folder] = {};
      at = at[folder] as Record<string, unknown>;
    }
    at[file] = files[path];
  }
  return JSON.stringify(tree, null, 2);
}
