// Generated from schema.json by `npx tsx providers/authentik/sdk/cli.ts`.

import * as pulumi from "@pulumi/pulumi";
import { prepare } from "./prepare";

export interface OutpostProviderAttachmentArgs {
  /** Id of the outpost. */
  readonly outpost: pulumi.Input<string>;
  /** Id of the provider. */
  readonly protocolProvider: pulumi.Input<number>;
  readonly outpostProviderAttachmentId?: pulumi.Input<string>;
}

/** Adds one provider to an outpost that others add to as well. */
export class OutpostProviderAttachment extends pulumi.CustomResource {
  static readonly type = "authentik:index/outpostProviderAttachment:OutpostProviderAttachment";

  /** Id of the outpost. */
  declare readonly outpost: pulumi.Output<string>;
  /** Id of the provider. */
  declare readonly protocolProvider: pulumi.Output<number>;
  declare readonly outpostProviderAttachmentId: pulumi.Output<string>;

  constructor(
    name: string,
    args: OutpostProviderAttachmentArgs,
    opts?: pulumi.CustomResourceOptions,
  ) {
    const prepared = prepare(
      args,
      ["outpost", "protocolProvider", "outpostProviderAttachmentId"],
      { inputs: [], outputs: [] },
      opts,
    );
    super(OutpostProviderAttachment.type, name, prepared.inputs, prepared.opts);
  }

  /** An object that exists, by its id in the API. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    opts?: pulumi.CustomResourceOptions,
  ): OutpostProviderAttachment {
    return new OutpostProviderAttachment(name, {} as OutpostProviderAttachmentArgs, {
      ...opts,
      id,
    });
  }
}
