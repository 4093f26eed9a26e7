// Generated from schema.json by `npx tsx providers/authentik/sdk/cli.ts`.

import * as pulumi from "@pulumi/pulumi";
import { prepare } from "./prepare";

export interface ApplicationArgs {
  readonly applicationId?: pulumi.Input<string>;
  /** Providers that the application has beside its main one, such as LDAP. */
  readonly backchannelProviders?: pulumi.Input<readonly pulumi.Input<number>[]>;
  /** Heading under which the application is shown. */
  readonly group?: pulumi.Input<string>;
  readonly metaDescription?: pulumi.Input<string>;
  readonly metaIcon?: pulumi.Input<string>;
  /** Address that opens the application. Empty means that of its provider. */
  readonly metaLaunchUrl?: pulumi.Input<string>;
  readonly metaPublisher?: pulumi.Input<string>;
  readonly name?: pulumi.Input<string>;
  /** @default false */
  readonly openInNewTab?: pulumi.Input<boolean>;
  /**
   * Whether all bindings have to agree, or any. Allowed: `all`, `any`.
   * @default "any"
   */
  readonly policyEngineMode?: pulumi.Input<string>;
  /** Id of the provider that signs in to the application. */
  readonly protocolProvider?: pulumi.Input<number>;
  /** Name in addresses, unique. The id in the API, so `pulumi import` takes it. */
  readonly slug: pulumi.Input<string>;
  /** Primary key, which a policy binding takes as its target. */
  readonly uuid?: pulumi.Input<string>;
}

/** An application: what people open, and what policies guard. */
export class Application extends pulumi.CustomResource {
  static readonly type = "authentik:index/application:Application";

  declare readonly applicationId: pulumi.Output<string>;
  /** Providers that the application has beside its main one, such as LDAP. */
  declare readonly backchannelProviders: pulumi.Output<readonly number[] | undefined>;
  /** Heading under which the application is shown. */
  declare readonly group: pulumi.Output<string | undefined>;
  declare readonly metaDescription: pulumi.Output<string | undefined>;
  declare readonly metaIcon: pulumi.Output<string | undefined>;
  /** Address that opens the application. Empty means that of its provider. */
  declare readonly metaLaunchUrl: pulumi.Output<string | undefined>;
  declare readonly metaPublisher: pulumi.Output<string | undefined>;
  declare readonly name: pulumi.Output<string>;
  declare readonly openInNewTab: pulumi.Output<boolean | undefined>;
  /** Whether all bindings have to agree, or any. */
  declare readonly policyEngineMode: pulumi.Output<string | undefined>;
  /** Id of the provider that signs in to the application. */
  declare readonly protocolProvider: pulumi.Output<number | undefined>;
  /** Name in addresses, unique. The id in the API, so `pulumi import` takes it. */
  declare readonly slug: pulumi.Output<string>;
  /** Primary key, which a policy binding takes as its target. */
  declare readonly uuid: pulumi.Output<string>;

  constructor(name: string, args: ApplicationArgs, opts?: pulumi.CustomResourceOptions) {
    const prepared = prepare(
      args,
      [
        "applicationId",
        "backchannelProviders",
        "group",
        "metaDescription",
        "metaIcon",
        "metaLaunchUrl",
        "metaPublisher",
        "name",
        "openInNewTab",
        "policyEngineMode",
        "protocolProvider",
        "slug",
        "uuid",
      ],
      { inputs: [], outputs: [] },
      opts,
    );
    super(Application.type, name, prepared.inputs, prepared.opts);
  }

  /** An object that exists, by its id in the API. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    opts?: pulumi.CustomResourceOptions,
  ): Application {
    return new Application(name, {} as ApplicationArgs, { ...opts, id });
  }
}
