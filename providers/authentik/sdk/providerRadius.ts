// Generated from schema.json by `npx tsx providers/authentik/sdk/cli.ts`.

import * as pulumi from "@pulumi/pulumi";
import { prepare } from "./prepare";

export interface ProviderRadiusArgs {
  readonly authorizationFlow: pulumi.Input<string>;
  /**
   * Networks that clients may ask from, separated by commas.
   * @default "0.0.0.0/0, ::/0"
   */
  readonly clientNetworks?: pulumi.Input<string>;
  readonly invalidationFlow: pulumi.Input<string>;
  /** @default true */
  readonly mfaSupport?: pulumi.Input<boolean>;
  readonly name?: pulumi.Input<string>;
  readonly propertyMappings?: pulumi.Input<readonly pulumi.Input<string>[]>;
  readonly providerRadiusId?: pulumi.Input<string>;
  /** Secret that RADIUS clients have in common with the outpost. */
  readonly sharedSecret: pulumi.Input<string>;
}

/** A RADIUS provider. */
export class ProviderRadius extends pulumi.CustomResource {
  static readonly type = "authentik:index/providerRadius:ProviderRadius";

  declare readonly authorizationFlow: pulumi.Output<string>;
  /** Networks that clients may ask from, separated by commas. */
  declare readonly clientNetworks: pulumi.Output<string | undefined>;
  declare readonly invalidationFlow: pulumi.Output<string>;
  declare readonly mfaSupport: pulumi.Output<boolean | undefined>;
  declare readonly name: pulumi.Output<string>;
  declare readonly propertyMappings: pulumi.Output<readonly string[] | undefined>;
  declare readonly providerRadiusId: pulumi.Output<string>;
  /** Secret that RADIUS clients have in common with the outpost. */
  declare readonly sharedSecret: pulumi.Output<string>;

  constructor(name: string, args: ProviderRadiusArgs, opts?: pulumi.CustomResourceOptions) {
    const prepared = prepare(
      args,
      [
        "authorizationFlow",
        "clientNetworks",
        "invalidationFlow",
        "mfaSupport",
        "name",
        "propertyMappings",
        "providerRadiusId",
        "sharedSecret",
      ],
      { inputs: ["sharedSecret"], outputs: ["sharedSecret"] },
      opts,
    );
    super(ProviderRadius.type, name, prepared.inputs, prepared.opts);
  }

  /** An object that exists, by its id in the API. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    opts?: pulumi.CustomResourceOptions,
  ): ProviderRadius {
    return new ProviderRadius(name, {} as ProviderRadiusArgs, { ...opts, id });
  }
}
