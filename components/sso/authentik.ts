import * as pulumi from "@pulumi/pulumi";
import { firstPassword } from "../../manifest/resolve/paths";
import type { SignInSpec } from "../../manifest/resolve/spec";
import * as authentik from "../../providers/authentik/sdk";
import { authentikDefaults, type Defaults } from "./authentikDefaults";
import { AuthentikOutposts } from "./authentikOutposts";
import {
  claimsKey,
  claimsOf,
  ownScopes,
  type SignIn,
  type SignInArgs,
  SingleSignOn,
  type SingleSignOnArgs,
} from "./contract";

/** Scopes whose claims Authentik itself knows. */
const builtInScopes = ["openid", "profile", "offline_access"] as const;

const groupNames = "[group.name for group in request.user.ak_groups.all()]";

/**
 * What tokens say for other scopes. Mail addresses are the manifest's, and users may not change them:
 * applications that know people by their address may rely on it, as they may with Keycloak.
 */
const scopeClaims: Readonly<Record<string, string>> = {
  email: 'return {"email": request.user.email, "email_verified": True}',
  groups: `return {"groups": ${groupNames}}`,
};

/**
 * How long a guarded route and an application's tokens go on after a user was removed from a group. The
 * session at Authentik itself goes on, and answers without a password.
 */
const validity = "minutes=5";

/** Single sign-on by Authentik; its embedded outpost answers for guarded routes. */
export class AuthentikSignOn extends SingleSignOn {
  private readonly opts: pulumi.CustomResourceOptions;
  private readonly defaults: Defaults;
  private readonly groups: ReadonlyMap<string, authentik.Group>;
  /** Scope mappings beyond Authentik's own: by pair of claims, and by scope. */
  private readonly claims: ReadonlyMap<string, authentik.PropertyMappingProviderScope>;
  private readonly scopes: ReadonlyMap<string, authentik.PropertyMappingProviderScope>;

  constructor(name: string, args: SingleSignOnArgs, opts: pulumi.ComponentResourceOptions) {
    super(name, args, opts);
    const token = this.secret("bootstrap-token");
    const provider = new authentik.Provider(
      `${name}-api`,
      { url: args.url, token: token.value },
      { parent: this },
    );
    this.opts = { provider, deletedWith: args.container };
    this.defaults = authentikDefaults(`${name}-defaults`, args, token, { parent: this });
    this.groups = this.createGroups(name);
    this.createUsers(name);
    this.claims = this.createClaims(name);
    this.scopes = this.createScopes(name);
    this.createOutposts(name);
    this.registerOutputs({});
  }

  protected createSignIn(name: string, { signIn, clientSecret }: SignInArgs, parent: SignIn): void {
    const opts = { ...this.opts, parent };
    const provider =
      signIn.kind === "oidc"
        ? this.createClient(`${name}-provider`, signIn, clientSecret, opts)
        : this.createProxy(`${name}-provider`, signIn, opts);
    const protocolProvider = provider.id.apply(Number);
    const application = new authentik.Application(
      `${name}-application`,
      {
        name: signIn.label,
        slug: signIn.slug,
        metaLaunchUrl: signIn.url,
        policyEngineMode: "any",
        protocolProvider,
      },
      opts,
    );
    signIn.groups.forEach((group, order) => {
      new authentik.PolicyBinding(
        `${name}-group-${group}`,
        { target: application.uuid, group: this.groups.get(group)!.id, order },
        opts,
      );
    });
    if (signIn.kind === "oidc") return;
    new authentik.OutpostProviderAttachment(
      `${name}-outpost`,
      { outpost: this.defaults("embedded-outpost"), protocolProvider },
      // Authentik shows nothing at a provider that no application has.
      { ...opts, dependsOn: application },
    );
  }

  private createClient(
    name: string,
    { slug, client }: SignInSpec,
    clientSecret: pulumi.Input<string> | undefined,
    opts: pulumi.CustomResourceOptions,
  ): authentik.ProviderOauth2 {
    const { client_id: clientId, client_type: clientType, redirect_uris, scopes } = client!;
    const claims = { username: client!.username_claim, groups: client!.groups_claim };
    const builtIn = builtInScopes.filter((scope) => scopes.includes(scope));
    return new authentik.ProviderOauth2(
      name,
      {
        ...this.flows(),
        name: slug,
        clientId,
        clientType,
        ...(clientSecret !== undefined && { clientSecret }),
        allowedRedirectUris: redirect_uris.map((url) => ({ matching_mode: "strict", url })),
        propertyMappings: [
          ...builtIn.map((scope) => this.defaults(`scope-${scope}`)),
          ...scopes.flatMap((scope) => this.scopes.get(scope)?.id ?? []),
          this.claims.get(claimsKey(claims))!.id,
        ],
        // With a key, tokens are signed with RS256, which clients check without the secret.
        signingKey: this.defaults("certificate"),
        // Services know their users by it, and so they still do with another provider.
        subMode: "user_username",
        issuerMode: "per_provider",
        includeClaimsInIdToken: true,
        accessTokenValidity: validity,
      },
      opts,
    );
  }

  /** The proxy itself leaves public paths open: Authentik is not asked about them. */
  private createProxy(
    name: string,
    { slug, url }: SignInSpec,
    opts: pulumi.CustomResourceOptions,
  ): authentik.ProviderProxy {
    return new authentik.ProviderProxy(
      name,
      {
        ...this.flows(),
        name: slug,
        mode: "forward_single",
        externalHost: new URL(url).origin,
        accessTokenValidity: validity,
      },
      opts,
    );
  }

  private flows() {
    return {
      authorizationFlow: this.defaults("authorization-flow"),
      // It ends the session at Authentik too, as with Keycloak: who signs out is signed out.
      invalidationFlow: this.defaults("log-out-flow"),
    };
  }

  private createGroups(name: string): Map<string, authentik.Group> {
    const { groups } = this.args;
    return new Map(
      Object.entries(groups).map(([group, { admin, description }]) => [
        group,
        new authentik.Group(
          `${name}-group-${group}`,
          {
            name: group,
            isSuperuser: admin,
            ...(description !== "" && { attributes: JSON.stringify({ description }) }),
          },
          { ...this.opts, parent: this },
        ),
      ]),
    );
  }

  private createUsers(name: string): void {
    for (const [user, spec] of Object.entries(this.args.users)) {
      const password = this.passwords[firstPassword(user)];
      new authentik.User(
        `${name}-user-${user}`,
        {
          username: user,
          name: spec.name,
          email: spec.email,
          groups: spec.groups.map((group) => this.groups.get(group)!.id),
          ...(password && { password }),
        },
        { ...this.opts, parent: this },
      );
    }
  }

  /** In a scope that every client asks for, so that its claims do not depend on what else it does. */
  private createClaims(name: string): Map<string, authentik.PropertyMappingProviderScope> {
    return new Map(
      [...claimsOf(this.args.signIns)].map(([key, { username, groups }]) => [
        key,
        this.mapping(
          `${name}-claims-${key}`,
          "openid",
          `return {${quoted(username)}: request.user.username, ${quoted(groups)}: ${groupNames}}`,
        ),
      ]),
    );
  }

  private createScopes(name: string): Map<string, authentik.PropertyMappingProviderScope> {
    return new Map(
      ownScopes(this.args.signIns, builtInScopes).map((scope) => [
        scope,
        this.mapping(`${name}-scope-${scope}`, scope, scopeClaims[scope] ?? "return {}"),
      ]),
    );
  }

  private mapping(
    name: string,
    scopeName: string,
    expression: string,
  ): authentik.PropertyMappingProviderScope {
    return new authentik.PropertyMappingProviderScope(
      name,
      { name: `NixMox ${name}`, scopeName, expression },
      { ...this.opts, parent: this },
    );
  }

  private createOutposts(name: string): void {
    const { args, defaults } = this;
    const opts = { ...this.opts, parent: this };
    const outposts = new AuthentikOutposts(name, args, defaults, (key) => this.secret(key), opts);
    outposts.create(args.spec.sign_on.outposts);
  }
}

/** A text in Python. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
