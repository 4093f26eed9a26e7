// Generated from schema.json by `npx tsx providers/authentik/sdk/cli.ts`.

import * as pulumi from "@pulumi/pulumi";

export interface GetFlowArgs {
  readonly authentication?: string;
  readonly designation?: string;
  readonly id?: string;
  readonly slug?: string;
}

export interface GetFlowOutputArgs {
  readonly authentication?: pulumi.Input<string>;
  readonly designation?: pulumi.Input<string>;
  readonly id?: pulumi.Input<string>;
  readonly slug?: pulumi.Input<string>;
}

export interface GetFlowResult {
  readonly authentication: string;
  readonly designation: string;
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  readonly title: string;
}

/** Finds a flow by its slug or designation. */
export function getFlow(args: GetFlowArgs, opts?: pulumi.InvokeOptions): Promise<GetFlowResult> {
  return pulumi.runtime.invoke(
    "authentik:index/getFlow:getFlow",
    { ...args },
    opts,
  ) as Promise<GetFlowResult>;
}

/** Finds a flow by its slug or designation. Waits for its arguments, and is unknown while they are. */
export function getFlowOutput(
  args: GetFlowOutputArgs,
  opts?: pulumi.InvokeOutputOptions,
): pulumi.Output<GetFlowResult> {
  return pulumi.runtime.invokeOutput("authentik:index/getFlow:getFlow", { ...args }, opts);
}
