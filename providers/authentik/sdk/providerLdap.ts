// Generated from schema.json by `npx tsx providers/authentik/sdk/cli.ts`.

import * as pulumi from "@pulumi/pulumi";
import { prepare } from "./prepare";

export interface ProviderLdapArgs {
  /** Where the directory begins. */
  readonly baseDn: pulumi.Input<string>;
  /** Id of the flow that a bind runs. */
  readonly bindFlow: pulumi.Input<string>;
  /** @default "direct" */
  readonly bindMode?: pulumi.Input<string>;
  /** Id of the certificate for StartTLS. */
  readonly certificate?: pulumi.Input<string>;
  /** @default 4000 */
  readonly gidStartNumber?: pulumi.Input<number>;
  /** @default true */
  readonly mfaSupport?: pulumi.Input<boolean>;
  readonly name?: pulumi.Input<string>;
  readonly providerLdapId?: pulumi.Input<string>;
  /** @default "direct" */
  readonly searchMode?: pulumi.Input<string>;
  readonly tlsServerName?: pulumi.Input<string>;
  /** @default 2000 */
  readonly uidStartNumber?: pulumi.Input<number>;
  /** Id of the flow that ends a session. */
  readonly unbindFlow: pulumi.Input<string>;
}

/** An LDAP provider. */
export class ProviderLdap extends pulumi.CustomResource {
  static readonly type = "authentik:index/providerLdap:ProviderLdap";

  /** Where the directory begins. */
  declare readonly baseDn: pulumi.Output<string>;
  /** Id of the flow that a bind runs. */
  declare readonly bindFlow: pulumi.Output<string>;
  declare readonly bindMode: pulumi.Output<string | undefined>;
  /** Id of the certificate for StartTLS. */
  declare readonly certificate: pulumi.Output<string | undefined>;
  declare readonly gidStartNumber: pulumi.Output<number | undefined>;
  declare readonly mfaSupport: pulumi.Output<boolean | undefined>;
  declare readonly name: pulumi.Output<string>;
  declare readonly providerLdapId: pulumi.Output<string>;
  declare readonly searchMode: pulumi.Output<string | undefined>;
  declare readonly tlsServerName: pulumi.Output<string | undefined>;
  declare readonly uidStartNumber: pulumi.Output<number | undefined>;
  /** Id of the flow that ends a session. */
  declare readonly unbindFlow: pulumi.Output<string>;

  constructor(name: string, args: ProviderLdapArgs, opts?: pulumi.CustomResourceOptions) {
    const prepared = prepare(
      args,
      [
        "baseDn",
        "bindFlow",
        "bindMode",
        "certificate",
        "gidStartNumber",
        "mfaSupport",
        "name",
        "providerLdapId",
        "searchMode",
        "tlsServerName",
        "uidStartNumber",
        "unbindFlow",
      ],
      { inputs: [], outputs: [] },
      opts,
    );
    super(ProviderLdap.type, name, prepared.inputs, prepared.opts);
  }

  /** An object that exists, by its id in the API. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    opts?: pulumi.CustomResourceOptions,
  ): ProviderLdap {
    return new ProviderLdap(name, {} as ProviderLdapArgs, { ...opts, id });
  }
}
