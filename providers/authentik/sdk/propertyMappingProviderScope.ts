// Generated from schema.json by `npx tsx providers/authentik/sdk/cli.ts`.

import * as pulumi from "@pulumi/pulumi";
import { prepare } from "./prepare";

export interface PropertyMappingProviderScopeArgs {
  /** What a person is told when asked to agree. */
  readonly description?: pulumi.Input<string>;
  /** Python that returns the claims. */
  readonly expression: pulumi.Input<string>;
  readonly name?: pulumi.Input<string>;
  readonly propertyMappingProviderScopeId?: pulumi.Input<string>;
  /** Name that clients ask for. */
  readonly scopeName: pulumi.Input<string>;
}

/** A scope of OAuth2 and the claims that it adds. */
export class PropertyMappingProviderScope extends pulumi.CustomResource {
  static readonly type =
    "authentik:index/propertyMappingProviderScope:PropertyMappingProviderScope";

  /** What a person is told when asked to agree. */
  declare readonly description: pulumi.Output<string | undefined>;
  /** Python that returns the claims. */
  declare readonly expression: pulumi.Output<string>;
  declare readonly name: pulumi.Output<string>;
  declare readonly propertyMappingProviderScopeId: pulumi.Output<string>;
  /** Name that clients ask for. */
  declare readonly scopeName: pulumi.Output<string>;

  constructor(
    name: string,
    args: PropertyMappingProviderScopeArgs,
    opts?: pulumi.CustomResourceOptions,
  ) {
    const prepared = prepare(
      args,
      ["description", "expression", "name", "propertyMappingProviderScopeId", "scopeName"],
      { inputs: [], outputs: [] },
      opts,
    );
    super(PropertyMappingProviderScope.type, name, prepared.inputs, prepared.opts);
  }

  /** An object that exists, by its id in the API. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    opts?: pulumi.CustomResourceOptions,
  ): PropertyMappingProviderScope {
    return new PropertyMappingProviderScope(name, {} as PropertyMappingProviderScopeArgs, {
      ...opts,
      id,
    });
  }
}
