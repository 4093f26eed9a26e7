import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type {
  GroupSpec,
  GuardSpec,
  ServiceSpec,
  SignInSpec,
  SignOnSpec,
  UserSpec,
} from "../../manifest/resolve/spec";
import { firstPassword } from "../../manifest/resolve/paths";
import { usersWithPassword } from "../../manifest/resolve/people";
import { ownValue } from "../../manifest/tables";
import type { RemoteHost } from "../remoteHost";
import { firstPasswordName } from "../resourceNames";

/** Who signs in, and where: what an identity provider is asked for as a whole. */
export interface SingleSignOnArgs {
  /** The provider's own service, and how it is reached. */
  readonly spec: Pick<ServiceSpec, "name"> & { readonly sign_on: SignOnSpec };
  /** Its host. */
  readonly host: Pick<RemoteHost, "run">;
  /** Its container: what the provider knows is removed with it. */
  readonly container: pulumi.CustomResource;
  /** Its secrets, by name. */
  readonly secrets: Readonly<Record<string, ProviderSecret>>;
  /** Address of its API as this machine reaches it. */
  readonly url: pulumi.Input<string>;
  readonly groups: Readonly<Record<string, GroupSpec>>;
  readonly users: Readonly<Record<string, UserSpec>>;
  /** Every sign-in of every service, for what several of them share. */
  readonly signIns: readonly SignInSpec[];
  /** First passwords chosen by hand instead of generated ones, by `user-<name>`. */
  readonly chosenPasswords: pulumi.Output<Readonly<Record<string, string>>>;
}

/** A secret of the identity provider: its value, its file there, and what changes with the file. */
export interface ProviderSecret {
  readonly value: pulumi.Output<string>;
  readonly path: string;
  readonly version: pulumi.Output<string>;
}

/** One place where users sign in: what a service asks for. */
export interface SignInArgs {
  /**
   * Who may sign in, and of which kind it is; of a client its redirect URIs, scopes and claims: all as
   * the manifest has it.
   */
  readonly signIn: SignInSpec;
  /** The secret of a confidential client, which also is in a file on the service's host. */
  readonly clientSecret?: pulumi.Input<string> | undefined;
  /** How the proxy asks, where it is the proxy that signs users in. */
  readonly guard?: GuardSpec | undefined;
}

/** What a service gets for it. */
export interface SignInResult {
  /** Of a client: who issues its tokens, its name, and the file that holds its secret. */
  readonly issuer?: string | undefined;
  readonly clientId?: string | undefined;
  readonly secretFile?: string | undefined;
  /** Of a guarded route: who answers whether a request may pass, and what the service learns from that. */
  readonly forwardAuth?:
    { readonly address: string; readonly headers: readonly string[] } | undefined;
}

/**
 * Single sign-on, whichever program provides it: its groups and users, and what its clients share.
 * `signIn` adds one place to sign in.
 *
 * @example
 * const sso = singleSignOn("authentik-directory", args, { parent: authentik });
 * sso.signIn("notes-sign-in", { signIn, clientSecret }, { parent: notes });
 */
export abstract class SingleSignOn extends pulumi.ComponentResource {
  /** First passwords of those users who are not invited, by `user-<name>`. */
  readonly passwords: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(
    name: string,
    protected readonly args: SingleSignOnArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("nixmox:index:SingleSignOn", name, {}, opts);
    this.passwords = Object.fromEntries(
      usersWithPassword(args).map((user) => [firstPassword(user), this.firstPassword(user)]),
    );
  }

  /** Adds one place to sign in. */
  signIn(name: string, args: SignInArgs, opts: pulumi.ComponentResourceOptions): SignIn {
    const created = new SignIn(name, resultOf(args), opts);
    this.createSignIn(name, args, created);
    return created;
  }

  /** Creates what the provider needs for it, as children of the component. */
  protected abstract createSignIn(name: string, args: SignInArgs, parent: SignIn): void;

  protected secret(name: string): ProviderSecret {
    const found = this.args.secrets[name];
    if (found) return found;
    const { name: service } = this.args.spec;
    throw new Error(
      `Unable to configure ${service}: it has no secret ${name}. Add interface.secrets.${name} to it in the manifest.`,
    );
  }

  private firstPassword(user: string): pulumi.Output<string> {
    const generated = new random.RandomPassword(
      firstPasswordName(this.args.spec.name, user),
      { length: 20, special: false },
      { parent: this },
    );
    return pulumi.secret(
      pulumi
        .all([this.args.chosenPasswords, generated.result])
        .apply(([chosen, result]) => ownValue(chosen, firstPassword(user)) ?? result),
    );
  }
}

/** A place where users sign in. */
export class SignIn extends pulumi.ComponentResource {
  constructor(
    name: string,
    readonly result: SignInResult,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("nixmox:index:SignIn", name, {}, opts);
    this.registerOutputs({ ...result });
  }
}

function resultOf({ signIn: { client }, guard }: SignInArgs): SignInResult {
  return {
    ...(client && {
      issuer: client.issuer,
      clientId: client.client_id,
      ...(client.secret_file !== undefined && { secretFile: client.secret_file }),
    }),
    ...(guard && {
      forwardAuth: {
        address: `${guard.upstream_tls ? "https" : "http"}://${guard.upstream}${guard.uri}`,
        headers: guard.copy_headers.map(([, to]) => to),
      },
    }),
  };
}

/** The names under which a client gets a user's name and groups. */
export interface Claims {
  readonly username: string;
  readonly groups: string;
}

/** The pairs of claims that clients ask for, each once; its key is fit for a resource's name. */
export function claimsOf(signIns: readonly SignInSpec[]): ReadonlyMap<string, Claims> {
  return new Map(
    signIns.flatMap(({ client }) => {
      if (!client) return [];
      const claims = { username: client.username_claim, groups: client.groups_claim };
      return [[claimsKey(claims), claims] as const];
    }),
  );
}

export function claimsKey({ username, groups }: Claims): string {
  return `${username}-${groups}`.replaceAll(/[^A-Za-z0-9_.-]/g, "_");
}

/** Scopes that clients ask for and that are none of the provider's own, each once. */
export function ownScopes(
  signIns: readonly SignInSpec[],
  builtIn: readonly string[],
): readonly string[] {
  const scopes = signIns.flatMap(({ client }) => client?.scopes ?? []);
  return [...new Set(scopes)].filter((scope) => !builtIn.includes(scope)).sort();
}
