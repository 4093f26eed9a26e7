import type * as pulumi from "@pulumi/pulumi";
import { AuthentikSignOn } from "./authentik";
import type { SingleSignOn, SingleSignOnArgs } from "./contract";
import { KeycloakSignOn } from "./keycloak";

export type {
  ProviderSecret,
  SignIn,
  SignInArgs,
  SignInResult,
  SingleSignOn,
  SingleSignOnArgs,
} from "./contract";

const kinds = { authentik: AuthentikSignOn, keycloak: KeycloakSignOn };

/** Single sign-on by the program that the provider's service runs. */
export function singleSignOn(
  name: string,
  args: SingleSignOnArgs,
  opts: pulumi.ComponentResourceOptions,
): SingleSignOn {
  return new kinds[args.spec.sign_on.kind](name, args, opts);
}
