// Generated from schema.json by `npx tsx providers/authentik/sdk/cli.ts`.

import * as pulumi from "@pulumi/pulumi";

export interface GetUserArgs {
  readonly id?: string;
  readonly pk?: number;
  readonly username?: string;
}

export interface GetUserOutputArgs {
  readonly id?: pulumi.Input<string>;
  readonly pk?: pulumi.Input<number>;
  readonly username?: pulumi.Input<string>;
}

export interface GetUserResult {
  readonly attributes: string;
  readonly avatar: string;
  readonly dateJoined: string;
  readonly email: string;
  readonly groups: readonly string[];
  readonly id: string;
  readonly isActive: boolean;
  readonly isSuperuser: boolean;
  readonly lastLogin: string;
  readonly name: string;
  readonly path: string;
  readonly pk: number;
  readonly type: string;
  readonly uid: string;
  readonly username: string;
  readonly uuid: string;
}

/** Finds a user by name or primary key. */
export function getUser(args: GetUserArgs, opts?: pulumi.InvokeOptions): Promise<GetUserResult> {
  return pulumi.runtime.invoke(
    "authentik:index/getUser:getUser",
    { ...args },
    opts,
  ) as Promise<GetUserResult>;
}

/** Finds a user by name or primary key. Waits for its arguments, and is unknown while they are. */
export function getUserOutput(
  args: GetUserOutputArgs,
  opts?: pulumi.InvokeOutputOptions,
): pulumi.Output<GetUserResult> {
  return pulumi.runtime.invokeOutput("authentik:index/getUser:getUser", { ...args }, opts);
}
