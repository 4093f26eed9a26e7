import * as pulumi from "@pulumi/pulumi";
import { Fragment } from "./fragment";
import type { RemoteHost } from "./remoteHost";

export interface FirewallRuleArgs {
  /** Host that lets the traffic in. */
  readonly host: RemoteHost;
  /** Address that may connect. */
  readonly source: string;
  /** TCP ports that it may reach. */
  readonly ports: readonly number[];
  /** Who connects, for the reader of the rule set. */
  readonly comment: string;
}

/** Lets one address reach some TCP ports of a host that refuses all else. */
export class FirewallRule extends pulumi.ComponentResource {
  constructor(name: string, args: FirewallRuleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nixmox:index:FirewallRule", name, {}, opts);
    const content = renderRule(args);
    new Fragment(
      `${name}-fragment`,
      { host: args.host, kind: "firewall", file: name, content },
      { parent: this },
    );
    this.registerOutputs({ source: args.source, ports: args.ports });
  }
}

/** The rule in the language of nftables. */
export function renderRule({ source, ports, comment }: Omit<FirewallRuleArgs, "host">): string {
  return `ip saddr ${source} tcp dport { ${ports.join(", ")} } accept comment "${comment}"\n`;
}
