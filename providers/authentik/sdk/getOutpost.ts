// Generated from schema.json by `npx tsx providers/authentik/sdk/cli.ts`.

import * as pulumi from "@pulumi/pulumi";

export interface GetOutpostArgs {
  readonly id?: string;
  readonly name?: string;
}

export interface GetOutpostOutputArgs {
  readonly id?: pulumi.Input<string>;
  readonly name?: pulumi.Input<string>;
}

export interface GetOutpostResult {
  readonly id: string;
  readonly name: string;
}

/** Finds an outpost by its name or id. */
export function getOutpost(
  args: GetOutpostArgs,
  opts?: pulumi.InvokeOptions,
): Promise<GetOutpostResult> {
  return pulumi.runtime.invoke(
    "authentik:index/getOutpost:getOutpost",
    { ...args },
    opts,
  ) as Promise<GetOutpostResult>;
}

/** Finds an outpost by its name or id. Waits for its arguments, and is unknown while they are. */
export function getOutpostOutput(
  args: GetOutpostOutputArgs,
  opts?: pulumi.InvokeOutputOptions,
): pulumi.Output<GetOutpostResult> {
  return pulumi.runtime.invokeOutput("authentik:index/getOutpost:getOutpost", { ...args }, opts);
}
