// Generated from schema.json by `npx tsx providers/authentik/sdk/cli.ts`.

import * as pulumi from "@pulumi/pulumi";

export interface GetGroupArgs {
  readonly id?: string;
  /** @default true */
  readonly includeUsers?: boolean;
  readonly name?: string;
  readonly pk?: string;
}

export interface GetGroupOutputArgs {
  readonly id?: pulumi.Input<string>;
  /** @default true */
  readonly includeUsers?: pulumi.Input<boolean>;
  readonly name?: pulumi.Input<string>;
  readonly pk?: pulumi.Input<string>;
}

export interface GetGroupResult {
  readonly attributes: string;
  readonly id: string;
  readonly includeUsers?: boolean;
  readonly isSuperuser: boolean;
  readonly name?: string;
  readonly numPk: number;
  readonly parent: string;
  readonly parentName: string;
  readonly pk?: string;
  readonly users: readonly number[];
  readonly usersObjs: readonly {
    readonly attributes: string;
    readonly email: string;
    readonly isActive: boolean;
    readonly lastLogin: string;
    readonly name: string;
    readonly pk: number;
    readonly uid: string;
    readonly username: string;
  }[];
}

/** Finds a group by its name or primary key. */
export function getGroup(args: GetGroupArgs, opts?: pulumi.InvokeOptions): Promise<GetGroupResult> {
  return pulumi.runtime.invoke(
    "authentik:index/getGroup:getGroup",
    { ...args },
    opts,
  ) as Promise<GetGroupResult>;
}

/** Finds a group by its name or primary key. Waits for its arguments, and is unknown while they are. */
export function getGroupOutput(
  args: GetGroupOutputArgs,
  opts?: pulumi.InvokeOutputOptions,
): pulumi.Output<GetGroupResult> {
  return pulumi.runtime.invokeOutput("authentik:index/getGroup:getGroup", { ...args }, opts);
}
