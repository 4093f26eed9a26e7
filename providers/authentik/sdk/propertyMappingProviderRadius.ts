// Generated from schema.json by `npx tsx providers/authentik/sdk/cli.ts`.

import * as pulumi from "@pulumi/pulumi";
import { prepare } from "./prepare";

export interface PropertyMappingProviderRadiusArgs {
  /** Python that sets the attributes. */
  readonly expression: pulumi.Input<string>;
  readonly name?: pulumi.Input<string>;
  readonly propertyMappingProviderRadiusId?: pulumi.Input<string>;
}

/** Attributes that a RADIUS provider answers with. */
export class PropertyMappingProviderRadius extends pulumi.CustomResource {
  static readonly type =
    "authentik:index/propertyMappingProviderRadius:PropertyMappingProviderRadius";

  /** Python that sets the attributes. */
  declare readonly expression: pulumi.Output<string>;
  declare readonly name: pulumi.Output<string>;
  declare readonly propertyMappingProviderRadiusId: pulumi.Output<string>;

  constructor(
    name: string,
    args: PropertyMappingProviderRadiusArgs,
    opts?: pulumi.CustomResourceOptions,
  ) {
    const prepared = prepare(
      args,
      ["expression", "name", "propertyMappingProviderRadiusId"],
      { inputs: [], outputs: [] },
      opts,
    );
    super(PropertyMappingProviderRadius.type, name, prepared.inputs, prepared.opts);
  }

  /** An object that exists, by its id in the API. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    opts?: pulumi.CustomResourceOptions,
  ): PropertyMappingProviderRadius {
    return new PropertyMappingProviderRadius(name, {} as PropertyMappingProviderRadiusArgs, {
      ...opts,
      id,
    });
  }
}
