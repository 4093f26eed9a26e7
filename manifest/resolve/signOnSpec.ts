import type { SignOnKind } from "../schema/auth";

/** The identity provider, for what talks to it. */
export interface SignOnSpec<Gap = never> {
  readonly kind: SignOnKind;
  /** Its public name. */
  readonly domain: string | Gap;
  /** Its public address, without a slash at the end. */
  readonly url: string | Gap;
  /** Port of its API on its own host. */
  readonly api_port: number;
  /** Port at which the proxy asks whether a request may pass. */
  readonly forward_auth_port: number;
  /** Keycloak's realm in which everything is. */
  readonly realm: string;
  readonly outposts: {
    readonly ldap?: { readonly base_dn: string | Gap; readonly token_file: string } | undefined;
    readonly radius?:
      | {
          readonly client_networks: readonly (string | Gap)[];
          readonly token_file: string;
        }
      | undefined;
  };
}

/** One place where users sign in: an application of the identity provider. */
export interface SignInSpec<Gap = never> {
  /** Whether the service signs users in, or the proxy before it. */
  readonly kind: "oidc" | "forward_auth";
  /** Its name at the provider, unique there: `miniflux`, `miniflux-admin`. */
  readonly slug: string;
  /** What people see. */
  readonly label: string;
  /** What people open in a browser. */
  readonly url: string | Gap;
  /** Groups whose members may sign in; empty: every user. */
  readonly groups: readonly string[];
  /** Of the kind `oidc` alone. */
  readonly client?: OidcClientSpec<Gap> | undefined;
  /** The service's routes that the proxy guards with it; they share one domain. */
  readonly routes: readonly string[];
}

/** A service as a client of the identity provider. */
export interface OidcClientSpec<Gap = never> {
  readonly client_id: string;
  readonly client_type: "confidential" | "public" | Gap;
  readonly redirect_uris: readonly string[];
  readonly scopes: readonly string[];
  readonly username_claim: string | Gap;
  readonly groups_claim: string | Gap;
  readonly admin_group?: string | undefined;
  /** Who issues its tokens, exactly as these say it. */
  readonly issuer: string | Gap;
  /** Its secret among `interface.secrets`; a public client has none. */
  readonly secret?: string | undefined;
  readonly secret_file?: string | undefined;
}

/** How the proxy asks the identity provider whether a request may pass. */
export interface GuardSpec<Gap = never> {
  /** Key of the sign-in among `interface.sign_ins`. */
  readonly sign_in: string;
  /** Paths that need no sign-in; a `*` at the end stands for any text. */
  readonly public_paths: readonly string[];
  /** Who is asked, as address:port. */
  readonly upstream: string | Gap;
  readonly upstream_tls: boolean;
  /** The name in its certificate. */
  readonly tls_name: string | Gap;
  /** What is asked: a path, with a query. */
  readonly uri: string;
  /** Paths of the guarded domain that `upstream` itself serves. */
  readonly own_paths: readonly string[];
  /** Where a 401 leads, if the answer does not say so itself; the address asked for is appended. */
  readonly sign_in_url?: string | Gap;
  /** Headers of the answer that the service gets, and under which names. No client may send these. */
  readonly copy_headers: readonly (readonly [from: string, to: string])[];
}
