// Generated from schema.json by `npx tsx providers/authentik/sdk/cli.ts`.

import * as pulumi from "@pulumi/pulumi";
import { prepare } from "./prepare";

export interface TokenArgs {
  readonly description?: pulumi.Input<string>;
  /** When the token ends, as RFC 3339. */
  readonly expires?: pulumi.Input<string>;
  /** @default true */
  readonly expiring?: pulumi.Input<boolean>;
  readonly identifier: pulumi.Input<string>;
  /**
   * Allowed: `verification`, `api`, `recovery`, `app_password`.
   * @default "api"
   */
  readonly intent?: pulumi.Input<string>;
  /** Chosen where it is given, also for a token that Authentik made for an outpost (`ak-outpost-<uuid>-api`). Read back with `retrieveKey`. */
  readonly key?: pulumi.Input<string>;
  /**
   * Whether to read the key from Authentik.
   * @default false
   */
  readonly retrieveKey?: pulumi.Input<boolean>;
  readonly tokenId?: pulumi.Input<string>;
  /** Id of the user that the token belongs to. */
  readonly user: pulumi.Input<number>;
}

/** A token. Its key may be chosen: see `key`. */
export class Token extends pulumi.CustomResource {
  static readonly type = "authentik:index/token:Token";

  declare readonly description: pulumi.Output<string | undefined>;
  /** When the token ends, as RFC 3339. */
  declare readonly expires: pulumi.Output<string | undefined>;
  /** Seconds that are left at the time of reading. */
  declare readonly expiresIn: pulumi.Output<number>;
  declare readonly expiring: pulumi.Output<boolean | undefined>;
  declare readonly identifier: pulumi.Output<string>;
  declare readonly intent: pulumi.Output<string | undefined>;
  /** Chosen where it is given, also for a token that Authentik made for an outpost (`ak-outpost-<uuid>-api`). Read back with `retrieveKey`. */
  declare readonly key: pulumi.Output<string>;
  /** Whether to read the key from Authentik. */
  declare readonly retrieveKey: pulumi.Output<boolean | undefined>;
  declare readonly tokenId: pulumi.Output<string>;
  /** Id of the user that the token belongs to. */
  declare readonly user: pulumi.Output<number>;

  constructor(name: string, args: TokenArgs, opts?: pulumi.CustomResourceOptions) {
    const prepared = prepare(
      args,
      [
        "description",
        "expires",
        "expiresIn",
        "expiring",
        "identifier",
        "intent",
        "key",
        "retrieveKey",
        "tokenId",
        "user",
      ],
      { inputs: ["key"], outputs: ["key"] },
      opts,
    );
    super(Token.type, name, prepared.inputs, prepared.opts);
  }

  /** An object that exists, by its id in the API. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    opts?: pulumi.CustomResourceOptions,
  ): Token {
    return new Token(name, {} as TokenArgs, { ...opts, id });
  }
}
