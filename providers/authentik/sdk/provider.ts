// Generated from schema.json by `npx tsx providers/authentik/sdk/cli.ts`.

import * as pulumi from "@pulumi/pulumi";

export interface ProviderArgs {
  /** API token, or AUTHENTIK_TOKEN in the environment. */
  readonly token: pulumi.Input<string>;
  /** Address of Authentik, or AUTHENTIK_URL in the environment. */
  readonly url: pulumi.Input<string>;
  /** Accept any certificate, or AUTHENTIK_INSECURE in the environment. */
  readonly insecure?: pulumi.Input<boolean>;
  /** Headers sent with every request. */
  readonly headers?: pulumi.Input<{ readonly [key: string]: pulumi.Input<string> }>;
}

/** Connection to an Authentik. */
export class Provider extends pulumi.ProviderResource {
  constructor(name: string, args: ProviderArgs, opts?: pulumi.ResourceOptions) {
    const inputs: pulumi.Inputs = {
      url: args.url,
      token: pulumi.secret(args.token),
      // The engine wants what is no string as JSON.
      insecure: json(args.insecure),
      headers: args.headers === undefined ? undefined : pulumi.secret(json(args.headers)),
    };
    super("authentik", name, inputs, opts);
  }
}

const json = (value: unknown) => (value === undefined ? undefined : pulumi.jsonStringify(value));
