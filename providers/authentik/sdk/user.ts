// Generated from schema.json by `npx tsx providers/authentik/sdk/cli.ts`.

import * as pulumi from "@pulumi/pulumi";
import { prepare } from "./prepare";

export interface UserArgs {
  /**
   * Attributes as JSON.
   * @default "{}"
   */
  readonly attributes?: pulumi.Input<string>;
  readonly email?: pulumi.Input<string>;
  /** Ids of groups. Where it is not given, memberships are left alone. */
  readonly groups?: pulumi.Input<readonly pulumi.Input<string>[]>;
  /** @default true */
  readonly isActive?: pulumi.Input<boolean>;
  /** @default "" */
  readonly name?: pulumi.Input<string>;
  /** Set when it is given and whenever it changes. Authentik never gives it back. */
  readonly password?: pulumi.Input<string>;
  /** @default "users" */
  readonly path?: pulumi.Input<string>;
  /**
   * Allowed: `internal`, `external`, `service_account`, `internal_service_account`.
   * @default "internal"
   */
  readonly type?: pulumi.Input<string>;
  readonly userId?: pulumi.Input<string>;
  readonly username: pulumi.Input<string>;
}

/** A user. */
export class User extends pulumi.CustomResource {
  static readonly type = "authentik:index/user:User";

  /** Attributes as JSON. */
  declare readonly attributes: pulumi.Output<string | undefined>;
  declare readonly email: pulumi.Output<string | undefined>;
  /** Ids of groups. Where it is not given, memberships are left alone. */
  declare readonly groups: pulumi.Output<readonly string[]>;
  declare readonly isActive: pulumi.Output<boolean | undefined>;
  declare readonly name: pulumi.Output<string>;
  /** Set when it is given and whenever it changes. Authentik never gives it back. */
  declare readonly password: pulumi.Output<string | undefined>;
  declare readonly path: pulumi.Output<string | undefined>;
  declare readonly type: pulumi.Output<string | undefined>;
  declare readonly userId: pulumi.Output<string>;
  declare readonly username: pulumi.Output<string>;

  constructor(name: string, args: UserArgs, opts?: pulumi.CustomResourceOptions) {
    const prepared = prepare(
      args,
      [
        "attributes",
        "email",
        "groups",
        "isActive",
        "name",
        "password",
        "path",
        "type",
        "userId",
        "username",
      ],
      { inputs: ["password"], outputs: ["password"] },
      opts,
    );
    super(User.type, name, prepared.inputs, prepared.opts);
  }

  /** An object that exists, by its id in the API. */
  static get(name: string, id: pulumi.Input<pulumi.ID>, opts?: pulumi.CustomResourceOptions): User {
    return new User(name, {} as UserArgs, { ...opts, id });
  }
}
