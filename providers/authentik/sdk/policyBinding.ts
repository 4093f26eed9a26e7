// Generated from schema.json by `npx tsx providers/authentik/sdk/cli.ts`.

import * as pulumi from "@pulumi/pulumi";
import { prepare } from "./prepare";

export interface PolicyBindingArgs {
  /** @default true */
  readonly enabled?: pulumi.Input<boolean>;
  /** @default false */
  readonly failureResult?: pulumi.Input<boolean>;
  readonly group?: pulumi.Input<string>;
  /** @default false */
  readonly negate?: pulumi.Input<boolean>;
  /** Bindings are asked in this order. */
  readonly order: pulumi.Input<number>;
  readonly policy?: pulumi.Input<string>;
  readonly policyBindingId?: pulumi.Input<string>;
  /** Primary key of what is guarded, such as `uuid` of an application. */
  readonly target: pulumi.Input<string>;
  /** @default 30 */
  readonly timeout?: pulumi.Input<number>;
  readonly user?: pulumi.Input<number>;
}

/** Binds a policy, group or user to what it guards. */
export class PolicyBinding extends pulumi.CustomResource {
  static readonly type = "authentik:index/policyBinding:PolicyBinding";

  declare readonly enabled: pulumi.Output<boolean | undefined>;
  declare readonly failureResult: pulumi.Output<boolean | undefined>;
  declare readonly group: pulumi.Output<string | undefined>;
  declare readonly negate: pulumi.Output<boolean | undefined>;
  /** Bindings are asked in this order. */
  declare readonly order: pulumi.Output<number>;
  declare readonly policy: pulumi.Output<string | undefined>;
  declare readonly policyBindingId: pulumi.Output<string>;
  /** Primary key of what is guarded, such as `uuid` of an application. */
  declare readonly target: pulumi.Output<string>;
  declare readonly timeout: pulumi.Output<number | undefined>;
  declare readonly user: pulumi.Output<number | undefined>;

  constructor(name: string, args: PolicyBindingArgs, opts?: pulumi.CustomResourceOptions) {
    const prepared = prepare(
      args,
      [
        "enabled",
        "failureResult",
        "group",
        "negate",
        "order",
        "policy",
        "policyBindingId",
        "target",
        "timeout",
        "user",
      ],
      { inputs: [], outputs: [] },
      opts,
    );
    super(PolicyBinding.type, name, prepared.inputs, prepared.opts);
  }

  /** An object that exists, by its id in the API. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    opts?: pulumi.CustomResourceOptions,
  ): PolicyBinding {
    return new PolicyBinding(name, {} as PolicyBindingArgs, { ...opts, id });
  }
}
