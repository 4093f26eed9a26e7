// Generated from schema.json by `npx tsx providers/authentik/sdk/cli.ts`.

import * as pulumi from "@pulumi/pulumi";

export interface GetPropertyMappingProviderScopeArgs {
  readonly id?: string;
  readonly ids?: readonly string[];
  readonly managed?: string;
  readonly managedLists?: readonly string[];
  readonly name?: string;
  readonly scopeName?: string;
}

export interface GetPropertyMappingProviderScopeOutputArgs {
  readonly id?: pulumi.Input<string>;
  readonly ids?: pulumi.Input<readonly pulumi.Input<string>[]>;
  readonly managed?: pulumi.Input<string>;
  readonly managedLists?: pulumi.Input<readonly pulumi.Input<string>[]>;
  readonly name?: pulumi.Input<string>;
  readonly scopeName?: pulumi.Input<string>;
}

export interface GetPropertyMappingProviderScopeResult {
  readonly description: string;
  readonly expression: string;
  readonly id: string;
  readonly ids: readonly string[];
  readonly managed?: string;
  readonly managedLists?: readonly string[];
  readonly name?: string;
  readonly scopeName: string;
}

/** Finds scope mappings by name, scope or what Authentik calls them (`managed`). */
export function getPropertyMappingProviderScope(
  args: GetPropertyMappingProviderScopeArgs,
  opts?: pulumi.InvokeOptions,
): Promise<GetPropertyMappingProviderScopeResult> {
  return pulumi.runtime.invoke(
    "authentik:index/getPropertyMappingProviderScope:getPropertyMappingProviderScope",
    { ...args },
    opts,
  ) as Promise<GetPropertyMappingProviderScopeResult>;
}

/** Finds scope mappings by name, scope or what Authentik calls them (`managed`). Waits for its arguments, and is unknown while they are. */
export function getPropertyMappingProviderScopeOutput(
  args: GetPropertyMappingProviderScopeOutputArgs,
  opts?: pulumi.InvokeOutputOptions,
): pulumi.Output<GetPropertyMappingProviderScopeResult> {
  return pulumi.runtime.invokeOutput(
    "authentik:index/getPropertyMappingProviderScope:getPropertyMappingProviderScope",
    { ...args },
    opts,
  );
}
