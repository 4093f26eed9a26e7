import * as keycloak from "@pulumi/keycloak";
import type * as pulumi from "@pulumi/pulumi";

export interface KeycloakAccessArgs {
  readonly realmId: pulumi.Input<string>;
  /** The groups whose members may sign in. */
  readonly groups: readonly string[];
}

/**
 * A way to sign in that ends with a refusal unless the user has one role. Keycloak itself lets every user
 * in to every client, and the application would have to look at the groups; here, Keycloak does.
 *
 * It is Keycloak's own browser flow with one more condition, which also holds for those who are signed
 * in already. Its steps come in the order in which they are created.
 */
export class KeycloakAccess {
  /** What members of the groups have, and no one else. */
  readonly role: keycloak.Role;
  readonly flow: keycloak.authentication.Flow;

  constructor(
    private readonly name: string,
    readonly args: KeycloakAccessArgs,
    private readonly opts: pulumi.CustomResourceOptions,
  ) {
    const { realmId, groups } = args;
    // Keycloak takes no colon in the name of a flow.
    const label = `nixmox ${groups.join(" or ")}`;
    this.role = new keycloak.Role(
      `${name}-role`,
      { realmId, name: label, description: "May sign in where these groups may." },
      opts,
    );
    this.flow = new keycloak.authentication.Flow(
      name,
      { realmId, alias: label, providerId: "basic-flow" },
      opts,
    );
    const { alias } = this.flow;
    const login = this.subflow("login", alias, label, "REQUIRED");
    const cookie = this.step("cookie", login.alias, "auth-cookie", "ALTERNATIVE", login);
    const form = this.subflow("form", login.alias, label, "ALTERNATIVE", cookie);
    const password = this.step(
      "password",
      form.alias,
      "auth-username-password-form",
      "REQUIRED",
      form,
    );
    const otp = this.subflow("otp", form.alias, label, "CONDITIONAL", password);
    const hasOtp = this.step("has-otp", otp.alias, "conditional-user-configured", "REQUIRED", otp);
    const code = this.step("code", otp.alias, "auth-otp-form", "REQUIRED", hasOtp);
    const refusal = this.subflow("refusal", alias, label, "CONDITIONAL", code);
    const lacksRole = this.step(
      "lacks-role",
      refusal.alias,
      "conditional-user-role",
      "REQUIRED",
      refusal,
    );
    const condition = new keycloak.authentication.ExecutionConfig(
      `${name}-lacks-role-config`,
      {
        realmId,
        executionId: lacksRole.id,
        alias: `${label} - lacks role`,
        config: { condUserRole: this.role.name, negate: "true" },
      },
      opts,
    );
    this.step("refuse", refusal.alias, "deny-access-authenticator", "REQUIRED", condition);
  }

  private subflow(
    part: string,
    parentFlowAlias: pulumi.Output<string>,
    label: string,
    requirement: string,
    after: pulumi.Resource = this.flow,
  ): keycloak.authentication.Subflow {
    return new keycloak.authentication.Subflow(
      `${this.name}-${part}`,
      {
        realmId: this.args.realmId,
        alias: `${label} - ${part}`,
        parentFlowAlias,
        providerId: "basic-flow",
        requirement,
      },
      { ...this.opts, dependsOn: after },
    );
  }

  private step(
    part: string,
    parentFlowAlias: pulumi.Output<string>,
    authenticator: string,
    requirement: string,
    after: pulumi.Resource,
  ): keycloak.authentication.Execution {
    return new keycloak.authentication.Execution(
      `${this.name}-${part}`,
      { realmId: this.args.realmId, parentFlowAlias, authenticator, requirement },
      { ...this.opts, dependsOn: after },
    );
  }
}
