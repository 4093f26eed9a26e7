import * as pulumi from "@pulumi/pulumi";
import type { RemoteHost } from "./remoteHost";
import { quote, script } from "./shell";

export interface NixosRebuildArgs {
  readonly host: RemoteHost;
  /** Name of the host's configuration in the flake. */
  readonly configuration: string;
  /** The flake as the host gets it: the text of each file by its path. */
  readonly files: pulumi.Input<Readonly<Record<string, string>>>;
  /** What must be there before the configuration is activated. */
  readonly activateAfter: readonly pulumi.Resource[];
  /**
   * How often the build is tried.
   * @default 1
   */
  readonly attempts?: number;
  /**
   * Seconds between two tries.
   * @default 15
   */
  readonly delay?: number;
}

/**
 * A host's NixOS configuration in two steps. `build` needs nobody but its host, so that all hosts
 * build side by side. `switch` activates exactly what was built; the generation before it stays for
 * a rollback.
 */
export class NixosRebuild extends pulumi.ComponentResource {
  /** Store path of the active system. */
  readonly system: pulumi.Output<string>;

  constructor(name: string, args: NixosRebuildArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nixmox:index:NixosRebuild", name, {}, opts);
    const build = args.host.command(
      `${name}-build`,
      { run: buildScript(args), stdin: bundle(args.files) },
      { parent: this, customTimeouts: { create: "60m", update: "60m" } },
    );
    const activated = args.host.command(
      `${name}-switch`,
      { run: build.stdout.apply((system) => switchScript(system.trim())) },
      { parent: this, dependsOn: [build, ...args.activateAfter] },
    );
    this.system = activated.stdout.apply((system) => system.trim());
    this.registerOutputs({ system: this.system });
  }
}

/** The files as a tree of JSON objects, which Nix itself writes to disk on the host. */
function bundle(files: NixosRebuildArgs["files"]): pulumi.Output<string> {
  return pulumi.output(files).apply((all) => {
    const tree: Record<string, unknown> = {};
    for (const path of Object.keys(all).sort()) {
      const folders = path.split("/");
      const file = folders.pop()!;
      let at = tree;
      for (const folder of folders) at = (at[folder] ??= {}) as Record<string, unknown>;
      at[file] = all[path];
    }
    return JSON.stringify(tree, null, 2);
  });
}

function buildScript({ configuration, attempts = 1, delay = 15 }: NixosRebuildArgs): string {
  const flake = quote(`/etc/nixos#${configuration}`);
  return script(
    "umask 022",
    "mkdir -p /var/lib/nixmox/build",
    "cd /var/lib/nixmox/build",
    // A build whose connection broke may still run here.
    "exec 9> lock",
    "flock 9",
    "cat > flake.json",
    "rm -rf flake",
    "nix --extra-experimental-features nix-command eval --impure --write-to $PWD/flake " +
      "--expr 'builtins.fromJSON (builtins.readFile ./flake.json)' >&2",
    "rm -rf /etc/nixos",
    "mv flake /etc/nixos",
    "rm flake.json",
    "tries=1",
    // Where the container gives Nix no namespaces of its own, builds go without a sandbox.
    `until nixos-rebuild build --flake ${flake} --option sandbox-fallback true >&2; do`,
    "  code=$?",
    '  if [ "$code" -eq 137 ]; then',
    `    echo "The build was killed, most likely for want of memory: give ${configuration} more ` +
      '(resources.memory, at least 2048)." >&2',
    "  fi",
    `  if [ "$tries" -ge ${attempts} ]; then`,
    `    echo "Unable to build ${configuration}: nixos-rebuild failed (above). ` +
      'Mend the configuration and run pulumi up again." >&2; exit 1',
    "  fi",
    `  tries=$((tries + 1)); echo "Trying again in ${delay} s ($tries of ${attempts})" >&2; sleep ${delay}`,
    "done",
    "readlink -f result",
  );
}

/** Exit code 4 says that units failed, which may be over by now: look again before giving up. */
function switchScript(system: string): string {
  const path = quote(system);
  return script(
    `nix-env --profile /nix/var/nix/profiles/system --set ${path}`,
    "code=0",
    `${path}/bin/switch-to-configuration switch >&2 || code=$?`,
    'if [ "$code" -eq 4 ]; then',
    "  sleep 5",
    "  failed=$(systemctl list-units --failed --plain --no-legend --no-pager)",
    '  if [ -z "$failed" ]; then code=0; else echo "$failed" >&2; fi',
    "fi",
    'if [ "$code" -ne 0 ]; then',
    `  echo "Unable to activate ${system}: switch-to-configuration ended with $code (above). ` +
      'Look at the units named there and run pulumi up again." >&2',
    '  exit "$code"',
    "fi",
    `echo ${path}`,
  );
}
