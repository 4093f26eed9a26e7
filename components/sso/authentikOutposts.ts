import * as pulumi from "@pulumi/pulumi";
import type { SignOnSpec } from "../../manifest/resolve/spec";
import * as authentik from "../../providers/authentik/sdk";
import { renderScript } from "../script";
import type { Defaults } from "./authentikDefaults";
import type { ProviderSecret, SingleSignOnArgs } from "./contract";

/** Authentik's outposts for LDAP and RADIUS, which run on its own host with tokens of ours. */
export class AuthentikOutposts {
  constructor(
    private readonly name: string,
    private readonly args: SingleSignOnArgs,
    private readonly defaults: Defaults,
    private readonly secret: (name: string) => ProviderSecret,
    private readonly opts: pulumi.CustomResourceOptions,
  ) {}

  create({ ldap, radius }: SignOnSpec["outposts"]): void {
    const { defaults, name, opts } = this;
    if (ldap) {
      const provider = new authentik.ProviderLdap(
        `${name}-ldap-provider`,
        {
          name: "ldap",
          baseDn: ldap.base_dn,
          bindFlow: defaults("authentication-flow"),
          unbindFlow: defaults("log-out-flow"),
          // Who was removed is refused at once, not after some minutes.
          bindMode: "direct",
          searchMode: "direct",
        },
        opts,
      );
      this.outpost("ldap", "LDAP", provider);
    }
    if (radius) {
      const provider = new authentik.ProviderRadius(
        `${name}-radius-provider`,
        {
          name: "radius",
          sharedSecret: this.secret("radius-secret").value,
          clientNetworks: radius.client_networks.join(","),
          authorizationFlow: defaults("authentication-flow"),
          invalidationFlow: defaults("log-out-flow"),
        },
        opts,
      );
      this.outpost("radius", "RADIUS", provider);
    }
  }

  /** One outpost with its application, and with the token that its unit reads. */
  private outpost(type: "ldap" | "radius", label: string, provider: pulumi.CustomResource): void {
    const { name, args, opts } = this;
    const { sign_on } = args.spec;
    const protocolProvider = provider.id.apply(Number);
    const application = new authentik.Application(
      `${name}-${type}-application`,
      { name: label, slug: type, policyEngineMode: "any", protocolProvider },
      opts,
    );
    const outpost = new authentik.Outpost(
      `${name}-${type}-outpost`,
      { name: type, type, protocolProviders: [protocolProvider] },
      { ...opts, dependsOn: application },
    );
    const token = this.secret(`${type}-token`);
    const create = pulumi
      .all([outpost.id, token.version])
      .apply(([id, version]) =>
        renderScript(
          "authentik-outpost-token",
          sign_on.api_port,
          this.secret("bootstrap-token").path,
          id,
          token.path,
          `authentik-${type}.service`,
          version,
        ),
      );
    args.host.run(`${name}-${type}-token`, { create }, { parent: opts.parent });
  }
}
