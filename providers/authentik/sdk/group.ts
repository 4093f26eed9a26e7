// Generated from schema.json by `npx tsx providers/authentik/sdk/cli.ts`.

import * as pulumi from "@pulumi/pulumi";
import { prepare } from "./prepare";

export interface GroupArgs {
  /**
   * Attributes as JSON.
   * @default "{}"
   */
  readonly attributes?: pulumi.Input<string>;
  readonly groupId?: pulumi.Input<string>;
  /**
   * Whether members administer Authentik.
   * @default false
   */
  readonly isSuperuser?: pulumi.Input<boolean>;
  readonly name?: pulumi.Input<string>;
  /** Id of the group that this one belongs to. */
  readonly parent?: pulumi.Input<string>;
  readonly roles?: pulumi.Input<readonly pulumi.Input<string>[]>;
  /** Ids of the members. Where it is not given, members are left alone. */
  readonly users?: pulumi.Input<readonly pulumi.Input<number>[]>;
}

/** A group of users. */
export class Group extends pulumi.CustomResource {
  static readonly type = "authentik:index/group:Group";

  /** Attributes as JSON. */
  declare readonly attributes: pulumi.Output<string | undefined>;
  declare readonly groupId: pulumi.Output<string>;
  /** Whether members administer Authentik. */
  declare readonly isSuperuser: pulumi.Output<boolean | undefined>;
  declare readonly name: pulumi.Output<string>;
  /** Id of the group that this one belongs to. */
  declare readonly parent: pulumi.Output<string | undefined>;
  declare readonly roles: pulumi.Output<readonly string[] | undefined>;
  /** Ids of the members. Where it is not given, members are left alone. */
  declare readonly users: pulumi.Output<readonly number[]>;

  constructor(name: string, args?: GroupArgs, opts?: pulumi.CustomResourceOptions) {
    const prepared = prepare(
      args,
      ["attributes", "groupId", "isSuperuser", "name", "parent", "roles", "users"],
      { inputs: [], outputs: [] },
      opts,
    );
    super(Group.type, name, prepared.inputs, prepared.opts);
  }

  /** An object that exists, by its id in the API. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    opts?: pulumi.CustomResourceOptions,
  ): Group {
    return new Group(name, {}, { ...opts, id });
  }
}
