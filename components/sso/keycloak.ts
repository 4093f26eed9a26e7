import * as keycloak from "@pulumi/keycloak";
import * as pulumi from "@pulumi/pulumi";
import { firstPassword } from "../../manifest/resolve/paths";
import { renderScript } from "../script";
import {
  type Claims,
  claimsKey,
  claimsOf,
  ownScopes,
  type SignIn,
  type SignInArgs,
  SingleSignOn,
  type SingleSignOnArgs,
} from "./contract";
import { KeycloakAccess } from "./keycloakAccess";

/** Scopes that a new realm has, and `openid`, which is none there. */
const builtInScopes = ["openid", "profile", "email", "address", "phone", "offline_access"];

/** Keycloak's client that Pulumi is: it has its secret from its first start. */
const apiClient = "nixmox";

/** The client of the program that answers for guarded routes. */
const guardClient = "oauth2-proxy";
const guardClaims: Claims = { username: "preferred_username", groups: "groups" };

/** Single sign-on by Keycloak; oauth2-proxy on its host answers for guarded routes. */
export class KeycloakSignOn extends SingleSignOn {
  private readonly opts: pulumi.CustomResourceOptions;
  private readonly realmId: pulumi.Output<string>;
  private readonly groups: ReadonlyMap<string, keycloak.Group>;
  private readonly claims: ReadonlyMap<string, keycloak.openid.ClientScope>;
  private readonly scopes: ReadonlyMap<string, keycloak.openid.ClientScope>;
  private readonly access: ReadonlyMap<string, KeycloakAccess>;

  constructor(name: string, args: SingleSignOnArgs, opts: pulumi.ComponentResourceOptions) {
    super(name, args, opts);
    const provider = new keycloak.Provider(
      `${name}-api`,
      {
        url: args.url,
        clientId: apiClient,
        clientSecret: this.secret("bootstrap-secret").value,
        realm: "master",
        // A busy machine takes longer than the five seconds that are the default.
        clientTimeout: 60,
        // Or else a preview would log in.
        initialLogin: false,
      },
      { parent: this },
    );
    this.opts = { provider, deletedWith: args.container, parent: this };
    this.realmId = this.createRealm(name).id;
    this.groups = this.createGroups(name);
    this.createUsers(name);
    this.claims = this.createClaims(name);
    this.scopes = this.createScopes(name);
    this.access = this.createAccess(name);
    this.grantRoles(name);
    this.createGuardClient(name);
    this.registerOutputs({});
  }

  /** For a guarded route, the client that all of them share is enough: its guard names the groups. */
  protected createSignIn(name: string, { signIn, clientSecret }: SignInArgs, parent: SignIn): void {
    const { client, groups, label, url } = signIn;
    if (!client) return;
    const isPublic = client.client_type === "public";
    const access = this.access.get(accessKey(groups));
    this.createClient(
      `${name}-client`,
      {
        clientId: client.client_id,
        name: label,
        baseUrl: url,
        accessType: isPublic ? "PUBLIC" : "CONFIDENTIAL",
        ...(clientSecret !== undefined && { clientSecret }),
        validRedirectUris: [...client.redirect_uris],
        // Where its redirect URIs are, a client may also be after it signed its users out.
        validPostLogoutRedirectUris: ["+", `${new URL(url).origin}/*`],
        // A client without a secret runs in browsers, which ask for tokens from its own site.
        ...(isPublic && { webOrigins: ["+"], pkceCodeChallengeMethod: "S256" }),
        ...(access && { authenticationFlowBindingOverrides: { browserId: access.flow.id } }),
      },
      client.scopes,
      { username: client.username_claim, groups: client.groups_claim },
      { ...this.opts, parent },
    );
  }

  private createRealm(name: string): keycloak.Realm {
    return new keycloak.Realm(
      `${name}-realm`,
      {
        realm: this.args.spec.sign_on.realm,
        enabled: true,
        displayName: "NixMox",
        sslRequired: "external",
        registrationAllowed: false,
        resetPasswordAllowed: false,
        editUsernameAllowed: false,
        duplicateEmailsAllowed: false,
        passwordPolicy: "length(12) and notUsername and notEmail",
        accessTokenLifespan: "5m",
        ssoSessionIdleTimeout: "1h",
        ssoSessionMaxLifespan: "12h",
        securityDefenses: {
          // Without it, passwords can be tried out as fast as Keycloak answers.
          bruteForceDetection: {
            permanentLockout: false,
            maxLoginFailures: 10,
            waitIncrementSeconds: 60,
            maxFailureWaitSeconds: 900,
            failureResetTimeSeconds: 43_200,
          },
        },
      },
      this.opts,
    );
  }

  private createGroups(name: string): Map<string, keycloak.Group> {
    const { realmId } = this;
    return new Map(
      Object.entries(this.args.groups).map(([group, { description }]) => [
        group,
        new keycloak.Group(
          `${name}-group-${group}`,
          { realmId, name: group, ...(description !== "" && { attributes: { description } }) },
          this.opts,
        ),
      ]),
    );
  }

  private createUsers(name: string): void {
    const { realmId } = this;
    for (const [user, spec] of Object.entries(this.args.users)) {
      const password = this.passwords[firstPassword(user)];
      const [firstName = "", ...rest] = spec.name.split(" ");
      const created = new keycloak.User(
        `${name}-user-${user}`,
        {
          realmId,
          username: user,
          email: spec.email,
          // The manifest's author knows it.
          emailVerified: true,
          firstName,
          // Keycloak asks users for what they lack.
          lastName: rest.length > 0 ? rest.join(" ") : firstName,
          ...(password && { initialPassword: { value: password, temporary: false } }),
        },
        this.opts,
      );
      new keycloak.UserGroups(
        `${name}-user-${user}-groups`,
        {
          realmId,
          userId: created.id,
          groupIds: spec.groups.map((group) => this.groups.get(group)!.id),
        },
        this.opts,
      );
    }
  }

  /** A scope for each pair of claims, which clients get without asking. */
  private createClaims(name: string): Map<string, keycloak.openid.ClientScope> {
    const { realmId } = this;
    const all = new Map([[claimsKey(guardClaims), guardClaims], ...claimsOf(this.args.signIns)]);
    return new Map(
      [...all].map(([key, { username, groups }]) => {
        const scope = this.createScope(`${name}-claims-${key}`, `nixmox-${key}`, false);
        new keycloak.openid.UserPropertyProtocolMapper(
          `${name}-claims-${key}-username`,
          {
            realmId,
            clientScopeId: scope.id,
            name: "username",
            userProperty: "username",
            claimName: username,
          },
          this.opts,
        );
        // In place of an id that this Keycloak made up: services know their users by it, and so they
        // still do with another provider.
        new keycloak.openid.UserPropertyProtocolMapper(
          `${name}-claims-${key}-subject`,
          {
            realmId,
            clientScopeId: scope.id,
            name: "subject",
            userProperty: "username",
            claimName: "sub",
          },
          this.opts,
        );
        this.createGroupMapper(`${name}-claims-${key}-groups`, scope, groups);
        return [key, scope] as const;
      }),
    );
  }

  private createScopes(name: string): Map<string, keycloak.openid.ClientScope> {
    return new Map(
      ownScopes(this.args.signIns, builtInScopes).map((each) => {
        const scope = this.createScope(`${name}-scope-${each}`, each, true);
        if (each === "groups") this.createGroupMapper(`${name}-scope-groups-mapper`, scope, each);
        return [each, scope] as const;
      }),
    );
  }

  private createScope(
    resource: string,
    name: string,
    includeInTokenScope: boolean,
  ): keycloak.openid.ClientScope {
    const { realmId } = this;
    return new keycloak.openid.ClientScope(
      resource,
      { realmId, name, includeInTokenScope },
      this.opts,
    );
  }

  private createGroupMapper(
    resource: string,
    scope: keycloak.openid.ClientScope,
    claimName: string,
  ): void {
    new keycloak.openid.GroupMembershipProtocolMapper(
      resource,
      {
        realmId: this.realmId,
        clientScopeId: scope.id,
        name: "groups",
        claimName,
        // `readers`, not `/readers`.
        fullPath: false,
      },
      this.opts,
    );
  }

  /** A way to sign in for each set of groups that a client is restricted to. */
  private createAccess(name: string): Map<string, KeycloakAccess> {
    const sets = this.args.signIns
      .filter(({ client, groups }) => client && groups.length > 0)
      .map(({ groups }) => [...groups].sort());
    const { realmId } = this;
    return new Map(
      [...new Map(sets.map((groups) => [accessKey(groups), groups]))].map(([key, groups]) => [
        key,
        new KeycloakAccess(`${name}-access-${key}`, { realmId, groups }, this.opts),
      ]),
    );
  }

  /** What the members of a group may do: sign in at clients, and administer the realm. */
  private grantRoles(name: string): void {
    const { realmId } = this;
    const admins = Object.entries(this.args.groups).filter(([, { admin }]) => admin);
    const admin = admins.length > 0 ? this.adminRole(name) : undefined;
    for (const [group, { id: groupId }] of this.groups) {
      const isAdmin = admins.some(([each]) => each === group);
      const roleIds = [
        ...[...this.access.values()]
          .filter(({ args: { groups } }) => groups.includes(group))
          .map(({ role }) => role.id),
        ...(isAdmin && admin ? [admin] : []),
      ];
      if (roleIds.length === 0) continue;
      new keycloak.GroupRoles(
        `${name}-group-${group}-roles`,
        { realmId, groupId, roleIds, exhaustive: true },
        this.opts,
      );
    }
  }

  /** The id of a role that Keycloak creates with the realm; asked by a command, so that previews need no host. */
  private adminRole(name: string): pulumi.Output<string> {
    const { host, spec } = this.args;
    const { path } = this.secret("bootstrap-secret");
    const { api_port: port } = spec.sign_on;
    const create = this.realmId.apply((realm) =>
      renderScript("keycloak-admin-role", port, realm, path),
    );
    return host.run(`${name}-admin-role`, { create }, { parent: this }).stdout;
  }

  private createGuardClient(name: string): void {
    const { domain } = this.args.spec.sign_on;
    this.createClient(
      `${name}-${guardClient}`,
      {
        clientId: guardClient,
        name: "Guarded routes",
        accessType: "CONFIDENTIAL",
        clientSecret: this.secret("forward-auth-secret").value,
        validRedirectUris: [`https://${domain}/oauth2/callback`],
        validPostLogoutRedirectUris: [`https://${domain}/*`],
        pkceCodeChallengeMethod: "S256",
      },
      ["openid", "profile", "email"],
      guardClaims,
      this.opts,
    );
  }

  private createClient(
    name: string,
    client: Omit<keycloak.openid.ClientArgs, "realmId">,
    scopes: readonly string[],
    claims: Claims,
    opts: pulumi.CustomResourceOptions,
  ): void {
    const { realmId } = this;
    const created = new keycloak.openid.Client(
      name,
      {
        realmId,
        enabled: true,
        standardFlowEnabled: true,
        implicitFlowEnabled: false,
        directAccessGrantsEnabled: false,
        serviceAccountsEnabled: false,
        // Its tokens carry no roles.
        fullScopeAllowed: false,
        ...client,
      },
      opts,
    );
    new keycloak.openid.ClientDefaultScopes(
      `${name}-scopes`,
      {
        realmId,
        clientId: created.id,
        defaultScopes: [
          // Not `basic`, which has another subject.
          "acr",
          "web-origins",
          // A client asks for `offline_access` itself, and gets it.
          ...scopes.filter((scope) => !["openid", "offline_access"].includes(scope)),
          this.claims.get(claimsKey(claims))!.name,
        ],
      },
      // It names scopes, which must exist.
      { ...opts, dependsOn: [...this.scopes.values()] },
    );
  }
}

/** A set of groups as part of a resource's name. */
function accessKey(groups: readonly string[]): string {
  return [...groups].sort().join("-and-");
}
