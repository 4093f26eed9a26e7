// Generated from schema.json by `npx tsx providers/authentik/sdk/cli.ts`.

import * as pulumi from "@pulumi/pulumi";
import { prepare } from "./prepare";

export interface ServiceConnectionKubernetesArgs {
  /**
   * Configuration as JSON.
   * @default "{}"
   */
  readonly kubeconfig?: pulumi.Input<string>;
  /** @default false */
  readonly local?: pulumi.Input<boolean>;
  readonly name?: pulumi.Input<string>;
  readonly serviceConnectionKubernetesId?: pulumi.Input<string>;
  /** @default true */
  readonly verifySsl?: pulumi.Input<boolean>;
}

/** An integration that deploys outposts on Kubernetes. */
export class ServiceConnectionKubernetes extends pulumi.CustomResource {
  static readonly type = "authentik:index/serviceConnectionKubernetes:ServiceConnectionKubernetes";

  /** Configuration as JSON. */
  declare readonly kubeconfig: pulumi.Output<string | undefined>;
  declare readonly local: pulumi.Output<boolean | undefined>;
  declare readonly name: pulumi.Output<string>;
  declare readonly serviceConnectionKubernetesId: pulumi.Output<string>;
  declare readonly verifySsl: pulumi.Output<boolean | undefined>;

  constructor(
    name: string,
    args?: ServiceConnectionKubernetesArgs,
    opts?: pulumi.CustomResourceOptions,
  ) {
    const prepared = prepare(
      args,
      ["kubeconfig", "local", "name", "serviceConnectionKubernetesId", "verifySsl"],
      { inputs: ["kubeconfig"], outputs: ["kubeconfig"] },
      opts,
    );
    super(ServiceConnectionKubernetes.type, name, prepared.inputs, prepared.opts);
  }

  /** An object that exists, by its id in the API. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    opts?: pulumi.CustomResourceOptions,
  ): ServiceConnectionKubernetes {
    return new ServiceConnectionKubernetes(name, {}, { ...opts, id });
  }
}
