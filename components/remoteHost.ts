import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { CertificatePaths } from "../manifest/resolve/spec";
import type { Protocol } from "../manifest/schema/ports";
import type { KeyPair } from "./certificateAuthority";
import type { HostKeys } from "./hostKeys";
import { fromHere, localScript, quote, renderScript } from "./script";
import type { SshProxyJump } from "../settings/sshProxyJump";
import type { SshAgent } from "./sshAgent";
import { jumpText } from "./sshJump";

export interface RemoteHostArgs {
  /** Address of the host. */
  readonly address: string;
  /** The container that is the host: when it is removed, so is everything on the host. */
  readonly container: pulumi.CustomResource;
  /** Its Proxmox VE id, for messages. */
  readonly vmid: number;
  /** What tells this host from others for as long as the stack exists, whatever container it is. */
  readonly identity: string;
  /** What only this container has: the comment of a key in its authorized_keys. */
  readonly keyComment: pulumi.Input<string>;
  /** The only host key to accept, as a fingerprint or a line; if undefined, the comment decides. */
  readonly chosenHostKey: string | undefined;
  /** The keys of all hosts. */
  readonly hostKeys: HostKeys;
  /** Holds the key that may log in as root. */
  readonly agent: SshAgent;
  /** File of the same key, for the first login, as the configuration names it. */
  readonly privateKeyFile: string;
  /** Seconds that the host may take to answer. */
  readonly timeout: number;
  /** What every connection goes through; nothing if the host is reached directly. */
  readonly jump: SshProxyJump | undefined;
}

/** A command on a host, in the terms of `@pulumi/command`. */
export interface HostCommandArgs {
  /** Shell text that creates the object; it runs again whenever the text or stdin changes. */
  readonly create: pulumi.Input<string>;
  /** Shell text that removes it. Not run when the host itself is removed. */
  readonly delete?: pulumi.Input<string>;
  /** What the text reads. The only way in which a secret gets onto a host. */
  readonly stdin?: pulumi.Input<string>;
  /**
   * What identifies the object on the host. If this changes, or another service's host takes this
   * one's place, it is another object: the old one is removed from where it was. In a new container,
   * nothing has to be removed.
   */
  readonly triggers?: readonly string[];
}

/** The kinds of drop-ins that the modules in `nixos/modules` define; a daemon reads each. */
export type DropInKind = "dns" | "routes" | "authorities" | "hba" | "firewall" | "scrape";

export interface DropInArgs {
  readonly kind: DropInKind;
  /** The file's content, in the daemon's own syntax. */
  readonly content: pulumi.Input<string>;
  /**
   * Name of the file there, without its suffix.
   * @default that of the resource, without dots
   */
  readonly file?: string;
}

export interface SecretFileArgs {
  /** Full path on the host. */
  readonly path: string;
  /** The secret. It travels through stdin and is encrypted in the state. */
  readonly value: pulumi.Input<string>;
  /** User who may read it. Until the host's configuration creates that user, root owns it. */
  readonly owner: string;
  /** Octal mode, such as 0400. */
  readonly mode: string;
  /** systemd units that restart when the value changes. Whether they start is for health checks to say. */
  readonly restart: readonly string[];
}

export interface CertificateFilesArgs extends CertificatePaths {
  readonly pair: KeyPair;
  /** systemd units that restart when they change. */
  readonly restart: readonly string[];
}

/** Who may reach a host, and where. */
export interface AccessArgs {
  /** Address or network that may connect, of IPv4 or IPv6. */
  readonly source: string;
  /**
   * What it may connect with.
   * @default tcp
   */
  readonly protocol?: Protocol;
  /** Ports that it may reach, and ranges such as 27015-27030. */
  readonly ports: readonly (number | string)[];
  /**
   * Connections that it may have open at once.
   * @default no limit
   */
  readonly connections?: number;
  /** Who connects, for readers of the rule set. */
  readonly comment: string;
}

/**
 * A host that is reached over SSH as root. The first time, it has to show that it is the container
 * that Proxmox VE just created; then its host key is written to the state, and from then on, only
 * that key is accepted.
 */
export class RemoteHost {
  readonly address: string;
  /** Prints the host's key once the host lets the deployment in. */
  readonly hostKey: command.local.Command;
  private readonly connection: pulumi.Output<command.types.input.remote.ConnectionArgs>;
  private readonly hooks: pulumi.ResourceHookBinding;

  constructor(
    readonly name: string,
    private readonly args: RemoteHostArgs,
    opts: pulumi.CustomResourceOptions,
  ) {
    this.address = args.address;
    this.hostKey = this.pinHostKey(opts);
    args.hostKeys.add(name, this.hostKey.stdout);
    const agent = args.agent.hook;
    const before = [agent, args.hostKeys.hook(name)];
    this.hooks = { beforeCreate: before, beforeUpdate: before, beforeDelete: [agent] };
    this.connection = pulumi.output({
      host: args.address,
      user: "root",
      agentSocketPath: args.agent.socket,
      hostKey: this.hostKey.stdout,
      dialErrorLimit: 12,
      perDialTimeout: 10,
      ...(args.jump && {
        proxy: {
          host: args.jump.host,
          port: args.jump.port,
          user: args.jump.user,
          agentSocketPath: args.agent.socket,
          hostKey: args.jump.hostKey,
        },
      }),
    });
  }

  /** Runs a command on this host. */
  run(
    name: string,
    args: HostCommandArgs,
    opts: pulumi.CustomResourceOptions,
  ): command.remote.Command {
    const { triggers } = args;
    return new command.remote.Command(
      name,
      {
        connection: this.connection,
        create: args.create,
        delete: args.delete,
        stdin: args.stdin,
        triggers: triggers && [this.args.identity, ...triggers],
        // This is also what a failure shows. No command prints a secret there.
        logging: command.types.enums.remote.Logging.Stderr,
        addPreviousOutputInEnv: false,
      },
      {
        ...opts,
        hooks: this.hooks,
        deletedWith: this.args.container,
        deleteBeforeReplace: opts.deleteBeforeReplace ?? triggers !== undefined,
      },
    );
  }

  /**
   * What a service needs from a daemon on this host, which often is another service's: one file in a
   * folder that the daemon reads. The host's `nixmox-fragment` writes it atomically, runs the
   * daemon's own checker, restores the old state if the check fails, and reloads the daemon.
   */
  dropIn(
    name: string,
    { kind, content, file = name.replaceAll(".", "-") }: DropInArgs,
    opts: pulumi.CustomResourceOptions,
  ): command.remote.Command {
    const place = `${quote(kind)} ${quote(file)}`;
    return this.run(
      name,
      {
        create: `nixmox-fragment put ${place}`,
        delete: `nixmox-fragment remove ${place}`,
        triggers: [place],
        stdin: content,
      },
      opts,
    );
  }

  /** Lets addresses reach some ports of this host, which refuses everything else. */
  allow(
    name: string,
    accesses: readonly AccessArgs[],
    opts: pulumi.CustomResourceOptions,
  ): command.remote.Command {
    return this.dropIn(name, { kind: "firewall", content: renderAccess(accesses) }, opts);
  }

  /**
   * A secret as a file on this host. Never in argv, environment, logs, the Nix store or plain
   * state. Its standard output changes whenever the file is written.
   */
  secretFile(
    name: string,
    { path, value, owner, mode, restart }: SecretFileArgs,
    opts: pulumi.CustomResourceOptions,
  ): command.remote.Command {
    return this.run(
      name,
      {
        create: renderScript("write-secret", path, owner, mode, ...restart),
        delete: renderScript("remove-file", path),
        triggers: [path],
        stdin: pulumi.secret(value),
      },
      opts,
    );
  }

  /** A certificate and its key as files on this host. */
  certificateFiles(
    name: string,
    { pair, certificate_file, key_file, restart }: CertificateFilesArgs,
    opts: pulumi.CustomResourceOptions,
  ): readonly [command.remote.Command, command.remote.Command] {
    const certificate = this.secretFile(
      `${name}-file`,
      { path: certificate_file, value: pair.certificate, owner: "root", mode: "0444", restart: [] },
      opts,
    );
    const key = this.secretFile(
      `${name}-key`,
      {
        path: key_file,
        value: pair.privateKey,
        owner: "root",
        mode: "0400",
        restart,
      },
      { ...opts, dependsOn: certificate },
    );
    return [certificate, key];
  }

  private pinHostKey(opts: pulumi.CustomResourceOptions): command.local.Command {
    const { name } = this;
    const { address, privateKeyFile, timeout, container, vmid, keyComment, chosenHostKey, jump } =
      this.args;
    const { proxyJump, knownHosts } = jumpText(jump, address);
    const chosen = chosenHostKey === undefined ? [] : [chosenHostKey];
    return new command.local.Command(
      `${name}-host-key`,
      {
        create: localScript("pin-host-key", address, fromHere(privateKeyFile), timeout, ...chosen),
        stdin: pulumi.secret(pulumi.interpolate`${name} ${vmid} ${keyComment}\n`),
        ...(jump && {
          environment: { NIXMOX_PROXY_JUMP: proxyJump, NIXMOX_PROXY_KNOWN_HOSTS: knownHosts },
        }),
        triggers: [container.id],
        logging: command.types.enums.local.Logging.Stderr,
      },
      // It matters at the first contact alone: a host that is known keeps its key.
      { ...opts, ignoreChanges: ["stdin"] },
    );
  }
}

/** The rules in nftables syntax. */
export function renderAccess(accesses: readonly AccessArgs[]): string {
  return accesses
    .map(({ source, protocol = "tcp", ports, connections, comment }) => {
      const family = source.includes(":") ? "ip6" : "ip";
      const limit = connections === undefined ? "" : `ct count ${connections} `;
      const reach = `${protocol} dport { ${ports.join(", ")} }`;
      return `${family} saddr ${source} ${reach} ${limit}accept comment "${comment}"\n`;
    })
    .join("");
}
