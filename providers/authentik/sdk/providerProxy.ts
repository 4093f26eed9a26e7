// Generated from schema.json by `npx tsx providers/authentik/sdk/cli.ts`.

import * as pulumi from "@pulumi/pulumi";
import { prepare } from "./prepare";

export interface ProviderProxyArgs {
  /**
   * Format: hours=1;minutes=2;seconds=3.
   * @default "minutes=10"
   */
  readonly accessTokenValidity?: pulumi.Input<string>;
  readonly authenticationFlow?: pulumi.Input<string>;
  readonly authorizationFlow: pulumi.Input<string>;
  /** @default false */
  readonly basicAuthEnabled?: pulumi.Input<boolean>;
  readonly basicAuthPasswordAttribute?: pulumi.Input<string>;
  readonly basicAuthUsernameAttribute?: pulumi.Input<string>;
  /** Domain of the session cookie, in the mode `forward_domain`. */
  readonly cookieDomain?: pulumi.Input<string>;
  /** Address that people open. */
  readonly externalHost: pulumi.Input<string>;
  /** @default true */
  readonly interceptHeaderAuth?: pulumi.Input<boolean>;
  /** Address that is proxied, in the mode `proxy`. */
  readonly internalHost?: pulumi.Input<string>;
  /** @default true */
  readonly internalHostSslValidation?: pulumi.Input<boolean>;
  readonly invalidationFlow: pulumi.Input<string>;
  /** Deprecated: use `jwtFederationSources`. */
  readonly jwksSources?: pulumi.Input<readonly pulumi.Input<string>[]>;
  readonly jwtFederationProviders?: pulumi.Input<readonly pulumi.Input<number>[]>;
  readonly jwtFederationSources?: pulumi.Input<readonly pulumi.Input<string>[]>;
  /**
   * How requests are guarded. Allowed: `proxy`, `forward_single`, `forward_domain`.
   * @default "proxy"
   */
  readonly mode?: pulumi.Input<string>;
  readonly name?: pulumi.Input<string>;
  readonly propertyMappings?: pulumi.Input<readonly pulumi.Input<string>[]>;
  readonly providerProxyId?: pulumi.Input<string>;
  /**
   * Format: hours=1;minutes=2;seconds=3.
   * @default "days=30"
   */
  readonly refreshTokenValidity?: pulumi.Input<string>;
  /** Regular expressions, one a line, of paths that need no sign-in. */
  readonly skipPathRegex?: pulumi.Input<string>;
}

/** A proxy provider: forward auth for one application or a domain, or a proxy. */
export class ProviderProxy extends pulumi.CustomResource {
  static readonly type = "authentik:index/providerProxy:ProviderProxy";

  /** Format: hours=1;minutes=2;seconds=3. */
  declare readonly accessTokenValidity: pulumi.Output<string | undefined>;
  declare readonly authenticationFlow: pulumi.Output<string | undefined>;
  declare readonly authorizationFlow: pulumi.Output<string>;
  declare readonly basicAuthEnabled: pulumi.Output<boolean | undefined>;
  declare readonly basicAuthPasswordAttribute: pulumi.Output<string | undefined>;
  declare readonly basicAuthUsernameAttribute: pulumi.Output<string | undefined>;
  declare readonly clientId: pulumi.Output<string>;
  /** Domain of the session cookie, in the mode `forward_domain`. */
  declare readonly cookieDomain: pulumi.Output<string | undefined>;
  /** Address that people open. */
  declare readonly externalHost: pulumi.Output<string>;
  declare readonly interceptHeaderAuth: pulumi.Output<boolean | undefined>;
  /** Address that is proxied, in the mode `proxy`. */
  declare readonly internalHost: pulumi.Output<string | undefined>;
  declare readonly internalHostSslValidation: pulumi.Output<boolean | undefined>;
  declare readonly invalidationFlow: pulumi.Output<string>;
  /** Deprecated: use `jwtFederationSources`. */
  declare readonly jwksSources: pulumi.Output<readonly string[] | undefined>;
  declare readonly jwtFederationProviders: pulumi.Output<readonly number[] | undefined>;
  declare readonly jwtFederationSources: pulumi.Output<readonly string[] | undefined>;
  /** How requests are guarded. */
  declare readonly mode: pulumi.Output<string | undefined>;
  declare readonly name: pulumi.Output<string>;
  declare readonly propertyMappings: pulumi.Output<readonly string[] | undefined>;
  declare readonly providerProxyId: pulumi.Output<string>;
  /** Format: hours=1;minutes=2;seconds=3. */
  declare readonly refreshTokenValidity: pulumi.Output<string | undefined>;
  /** Regular expressions, one a line, of paths that need no sign-in. */
  declare readonly skipPathRegex: pulumi.Output<string | undefined>;

  constructor(name: string, args: ProviderProxyArgs, opts?: pulumi.CustomResourceOptions) {
    const prepared = prepare(
      args,
      [
        "accessTokenValidity",
        "authenticationFlow",
        "authorizationFlow",
        "basicAuthEnabled",
        "basicAuthPasswordAttribute",
        "basicAuthUsernameAttribute",
        "clientId",
        "cookieDomain",
        "externalHost",
        "interceptHeaderAuth",
        "internalHost",
        "internalHostSslValidation",
        "invalidationFlow",
        "jwksSources",
        "jwtFederationProviders",
        "jwtFederationSources",
        "mode",
        "name",
        "propertyMappings",
        "providerProxyId",
        "refreshTokenValidity",
        "skipPathRegex",
      ],
      { inputs: [], outputs: [] },
      opts,
    );
    super(ProviderProxy.type, name, prepared.inputs, prepared.opts);
  }

  /** An object that exists, by its id in the API. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    opts?: pulumi.CustomResourceOptions,
  ): ProviderProxy {
    return new ProviderProxy(name, {} as ProviderProxyArgs, { ...opts, id });
  }
}
