import * as pulumi from "@pulumi/pulumi";
import type { RemoteHost } from "./remoteHost";
import { quote } from "./shell";

/** The kinds that the modules in `nixos/modules` define; each has a daemon that reads it. */
export type FragmentKind = "dns" | "routes" | "hba" | "firewall" | "scrape";

export interface FragmentArgs {
  /** Host whose daemon reads the fragment; often not the service's own. */
  readonly host: RemoteHost;
  readonly kind: FragmentKind;
  /** What the fragment is called on the host; unique there among its kind. */
  readonly file: string;
  /** The file's content, in the daemon's own language. */
  readonly content: pulumi.Input<string>;
}

/**
 * What a service needs on another host: one file of its own there. The host's `nixmox-fragment`
 * writes it atomically, has the daemon's own checker look at it, puts the old state back if the
 * check fails, and reloads the daemon. The file goes when the service goes.
 */
export class Fragment extends pulumi.ComponentResource {
  constructor(name: string, args: FragmentArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nixmox:index:Fragment", name, {}, opts);
    const file = `${quote(args.kind)} ${quote(args.file)}`;
    args.host.command(
      `${name}-file`,
      {
        run: `nixmox-fragment put ${file}`,
        remove: `nixmox-fragment remove ${file}`,
        identity: file,
        stdin: args.content,
      },
      { parent: this },
    );
    this.registerOutputs({ kind: args.kind, file: args.file });
  }
}
