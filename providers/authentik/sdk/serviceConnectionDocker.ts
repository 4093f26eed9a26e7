// Generated from schema.json by `npx tsx providers/authentik/sdk/cli.ts`.

import * as pulumi from "@pulumi/pulumi";
import { prepare } from "./prepare";

export interface ServiceConnectionDockerArgs {
  /** @default false */
  readonly local?: pulumi.Input<boolean>;
  readonly name?: pulumi.Input<string>;
  readonly serviceConnectionDockerId?: pulumi.Input<string>;
  readonly tlsAuthentication?: pulumi.Input<string>;
  readonly tlsVerification?: pulumi.Input<string>;
  /** @default "http+unix:///var/run/docker.sock" */
  readonly url?: pulumi.Input<string>;
}

/** An integration that deploys outposts with Docker. */
export class ServiceConnectionDocker extends pulumi.CustomResource {
  static readonly type = "authentik:index/serviceConnectionDocker:ServiceConnectionDocker";

  declare readonly local: pulumi.Output<boolean | undefined>;
  declare readonly name: pulumi.Output<string>;
  declare readonly serviceConnectionDockerId: pulumi.Output<string>;
  declare readonly tlsAuthentication: pulumi.Output<string | undefined>;
  declare readonly tlsVerification: pulumi.Output<string | undefined>;
  declare readonly url: pulumi.Output<string | undefined>;

  constructor(
    name: string,
    args?: ServiceConnectionDockerArgs,
    opts?: pulumi.CustomResourceOptions,
  ) {
    const prepared = prepare(
      args,
      ["local", "name", "serviceConnectionDockerId", "tlsAuthentication", "tlsVerification", "url"],
      { inputs: [], outputs: [] },
      opts,
    );
    super(ServiceConnectionDocker.type, name, prepared.inputs, prepared.opts);
  }

  /** An object that exists, by its id in the API. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    opts?: pulumi.CustomResourceOptions,
  ): ServiceConnectionDocker {
    return new ServiceConnectionDocker(name, {}, { ...opts, id });
  }
}
