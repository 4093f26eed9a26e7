// Generated from schema.json by `npx tsx providers/authentik/sdk/cli.ts`.

import * as pulumi from "@pulumi/pulumi";
import { prepare } from "./prepare";

export interface OutpostArgs {
  /** Settings as JSON. Without it, those that Authentik proposes. */
  readonly config?: pulumi.Input<string>;
  readonly name?: pulumi.Input<string>;
  readonly outpostId?: pulumi.Input<string>;
  /** Ids of the providers that are served. Others that were attached elsewhere are kept by `OutpostProviderAttachment` only. */
  readonly protocolProviders: pulumi.Input<readonly pulumi.Input<number>[]>;
  /** Id of the integration that deploys the outpost. */
  readonly serviceConnection?: pulumi.Input<string>;
  /**
   * Allowed: `proxy`, `ldap`, `radius`, `rac`.
   * @default "proxy"
   */
  readonly type?: pulumi.Input<string>;
}

/** An outpost: a program that serves providers. */
export class Outpost extends pulumi.CustomResource {
  static readonly type = "authentik:index/outpost:Outpost";

  /** Settings as JSON. Without it, those that Authentik proposes. */
  declare readonly config: pulumi.Output<string>;
  declare readonly name: pulumi.Output<string>;
  declare readonly outpostId: pulumi.Output<string>;
  /** Ids of the providers that are served. Others that were attached elsewhere are kept by `OutpostProviderAttachment` only. */
  declare readonly protocolProviders: pulumi.Output<readonly number[]>;
  /** Id of the integration that deploys the outpost. */
  declare readonly serviceConnection: pulumi.Output<string | undefined>;
  declare readonly type: pulumi.Output<string | undefined>;

  constructor(name: string, args: OutpostArgs, opts?: pulumi.CustomResourceOptions) {
    const prepared = prepare(
      args,
      ["config", "name", "outpostId", "protocolProviders", "serviceConnection", "type"],
      { inputs: [], outputs: [] },
      opts,
    );
    super(Outpost.type, name, prepared.inputs, prepared.opts);
  }

  /** An object that exists, by its id in the API. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    opts?: pulumi.CustomResourceOptions,
  ): Outpost {
    return new Outpost(name, {} as OutpostArgs, { ...opts, id });
  }
}
