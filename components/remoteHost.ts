import { join } from "node:path";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { quote } from "./shell";

export interface RemoteHostArgs {
  /** Address of the host. */
  readonly address: string;
  /** The container that is the host: with it, everything on the host goes. */
  readonly container: pulumi.CustomResource;
  /** Its Proxmox VE id: under another one it is another host. */
  readonly vmid: number;
  /** OpenSSH private key that may log in as root. */
  readonly privateKey: pulumi.Input<string>;
  /** File that holds the same key, for the first login. */
  readonly privateKeyFile: string;
  /** Seconds that the host may take to answer. */
  readonly timeout: number;
}

/** What a command on a host is made of. */
export interface HostCommandArgs {
  /** POSIX shell text that makes the thing; it runs again whenever the text or stdin changes. */
  readonly run: pulumi.Input<string>;
  /** POSIX shell text that removes it. Not run when the host itself is removed. */
  readonly remove?: pulumi.Input<string>;
  /** What the text reads. The only way for a secret onto a host. */
  readonly stdin?: pulumi.Input<string>;
  /**
   * What the thing is called on the host. Under another name, or on another host, it is another
   * thing: the old one is removed from where it was.
   */
  readonly identity?: string;
}

/**
 * A host that answers over SSH as root. The first time its host key is trusted and written to the
 * state; from then on only that key is accepted.
 */
export class RemoteHost extends pulumi.ComponentResource {
  /** How to reach the host, with the pinned host key. */
  readonly connection: pulumi.Output<command.types.input.remote.ConnectionArgs>;
  readonly address: string;
  private readonly vmid: number;
  private readonly container: pulumi.CustomResource;

  constructor(name: string, args: RemoteHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nixmox:index:RemoteHost", name, {}, opts);
    this.address = args.address;
    this.vmid = args.vmid;
    this.container = args.container;
    const key = this.pinHostKey(name, args);
    this.connection = pulumi.output({
      host: args.address,
      user: "root",
      privateKey: pulumi.secret(args.privateKey),
      hostKey: key.stdout,
      dialErrorLimit: 12,
      perDialTimeout: 10,
    });
    this.registerOutputs({ address: args.address, hostKey: key.stdout });
  }

  /** Runs a command on this host as part of the component `opts.parent`. */
  command(
    name: string,
    args: HostCommandArgs,
    opts: pulumi.CustomResourceOptions,
  ): command.remote.Command {
    const dependsOn = pulumi
      .output(opts.dependsOn ?? [])
      .apply((after): pulumi.Resource[] => [this, ...(Array.isArray(after) ? after : [after])]);
    return new command.remote.Command(
      name,
      {
        connection: this.connection,
        create: args.run,
        delete: args.remove,
        stdin: args.stdin,
        triggers: args.identity === undefined ? undefined : [String(this.vmid), args.identity],
        // Also what a failure shows. No command says a secret there.
        logging: command.types.enums.remote.Logging.Stderr,
        addPreviousOutputInEnv: false,
      },
      {
        ...opts,
        dependsOn,
        deletedWith: this.container,
        deleteBeforeReplace: args.identity !== undefined,
      },
    );
  }

  private pinHostKey(name: string, args: RemoteHostArgs): command.local.Command {
    const script = join(__dirname, "pin-host-key.sh");
    const words = [script, args.address, args.privateKeyFile, String(args.timeout)].map((word) =>
      quote(word.startsWith(`${process.cwd()}/`) ? word.slice(process.cwd().length + 1) : word),
    );
    return new command.local.Command(
      `${name}-key`,
      {
        create: `bash ${words.join(" ")}`,
        triggers: [args.container.id],
        logging: command.types.enums.local.Logging.Stderr,
      },
      { parent: this, dependsOn: [args.container] },
    );
  }
}
