import * as pulumi from "@pulumi/pulumi";
import type { RemoteHost } from "./remoteHost";
import { quote, script } from "./shell";

/** Where secrets stand on every host; readable by root alone unless an owner is named. */
export const secretsDirectory = "/var/lib/nixmox/secrets";

export interface SecretFileArgs {
  /** Host that gets the file. */
  readonly host: RemoteHost;
  /** File name below {@link secretsDirectory}. */
  readonly file: string;
  /** The secret. It travels through stdin and is encrypted in the state. */
  readonly value: pulumi.Input<string>;
  /**
   * User who may read it. Where the user does not exist yet, root keeps it until the host's
   * configuration makes the user.
   * @default "root"
   */
  readonly owner?: string;
  /**
   * Octal mode.
   * @default "0400"
   */
  readonly mode?: string;
  /**
   * systemd units that restart when the value changes.
   * @default []
   */
  readonly restart?: readonly string[];
}

/** A secret as a file on a host. Never in argv, environment, logs, the Nix store or plain state. */
export class SecretFile extends pulumi.ComponentResource {
  /** Full path of the file. */
  readonly path: string;
  /** Changes whenever the file was written. */
  readonly version: pulumi.Output<string>;

  constructor(name: string, args: SecretFileArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nixmox:index:SecretFile", name, {}, opts);
    this.path = `${secretsDirectory}/${args.file}`;
    const written = args.host.command(
      `${name}-file`,
      {
        run: writeScript(this.path, args),
        remove: `rm -f ${quote(this.path)}`,
        identity: this.path,
        stdin: pulumi.secret(args.value),
      },
      { parent: this },
    );
    this.version = pulumi.unsecret(written.stdout);
    this.registerOutputs({ path: this.path });
  }
}

function writeScript(path: string, args: SecretFileArgs): string {
  const owner = quote(args.owner ?? "root");
  const target = quote(path);
  return script(
    "umask 077",
    `install -d -m 0711 ${secretsDirectory}`,
    `new=$(mktemp ${secretsDirectory}/.new.XXXXXX)`,
    `trap 'rm -f "$new"' EXIT`,
    'cat > "$new"',
    ...(owner === "root" ? [] : [`id -u ${owner} >/dev/null 2>&1 && chown ${owner} "$new"`]),
    `chmod ${quote(args.mode ?? "0400")} "$new"`,
    // The same value with the same rights: nothing restarts.
    `if cmp -s "$new" ${target} && [ "$(stat -c %U:%a "$new")" = "$(stat -c %U:%a ${target})" ]; ` +
      `then stat -c %Y.%i ${target}; exit; fi`,
    `mv -f "$new" ${target}`,
    ...(args.restart ?? []).map(
      (unit) =>
        `if systemctl is-active --quiet ${quote(unit)} || systemctl is-failed --quiet ${quote(unit)}; ` +
        `then systemctl reset-failed ${quote(unit)} || true; systemctl restart ${quote(unit)}; fi`,
    ),
    `stat -c %Y.%i ${target}`,
  );
}
