import { secondsOf } from "../duration";
import type { Application, Certificate, Provider, ScopeMapping } from "../model";
import type { Store } from "../store";
import { redirectUris } from "../api/resources/providers";
import { textOf } from "../json";

/** An OAuth2 or proxy provider with all that its sign-ins depend on. */
export interface Client {
  readonly provider: Provider;
  readonly application: Application;
  readonly mappings: readonly ScopeMapping[];
  /** Null: tokens are signed with the client's secret. */
  readonly signingKey: Certificate | null;
}

async function complete(store: Store, provider: Provider): Promise<Client | undefined> {
  const applications = await store.list("application");
  const application = applications.find((each) => each.provider === provider.pk);
  if (!application) return undefined;
  const wanted = provider.property_mappings as string[];
  const mappings = (await store.list("mapping")).filter(({ pk }) => wanted.includes(pk));
  const signingKey = provider.signing_key
    ? ((await store.get("certificate", textOf(provider.signing_key))) ?? null)
    : null;
  return { provider, application, mappings, signingKey };
}

/** The client with an id, if an application uses it. */
export async function clientById(store: Store, id: string): Promise<Client | undefined> {
  const [provider] = await store.find("provider", "client_id", id);
  return provider && complete(store, provider);
}

/** The client of an application. */
export async function clientBySlug(store: Store, slug: string): Promise<Client | undefined> {
  const [application] = await store.find("application", "slug", slug);
  const provider = application && (await store.get("provider", String(application.provider ?? "")));
  return provider?.client_id ? complete(store, provider) : undefined;
}

/** Whether a client's sign-ins may return to an address. */
export const allowsRedirect = ({ provider }: Client, address: string): boolean =>
  redirectUris(provider).some(({ matching_mode, url }) =>
    matching_mode === "strict" ? url === address : new RegExp(`^(?:${url})$`).test(address),
  );

export const issuerOf = ({ provider, application }: Client, origin: string): string =>
  provider.issuer_mode === "global" ? `${origin}/` : `${origin}/application/o/${application.slug}/`;

/** A client's time of validity, in seconds. */
export const validity = ({ provider }: Client, name: string): number =>
  Math.max(Math.floor(secondsOf(textOf(provider[name]))), 1);

/** Where everything of a client is. */
export function discovery(client: Client, origin: string): Record<string, unknown> {
  const base = `${origin}/application/o`;
  const own = `${base}/${client.application.slug}`;
  const claims = ["sub", "iss", "aud", "exp", "iat", "auth_time", "acr", "amr", "nonce"];
  return {
    issuer: issuerOf(client, origin),
    authorization_endpoint: `${base}/authorize/`,
    token_endpoint: `${base}/token/`,
    userinfo_endpoint: `${base}/userinfo/`,
    end_session_endpoint: `${own}/end-session/`,
    introspection_endpoint: `${base}/introspect/`,
    revocation_endpoint: `${base}/revoke/`,
    jwks_uri: `${own}/jwks/`,
    response_types_supported: ["code"],
    response_modes_supported: ["query", "fragment", "form_post"],
    grant_types_supported: ["authorization_code", "refresh_token"],
    id_token_signing_alg_values_supported: [algorithm(client)],
    subject_types_supported: ["public"],
    token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic"],
    scopes_supported: client.mappings.map(({ scope_name }) => scope_name),
    request_parameter_supported: false,
    claims_supported: claims,
    claims_parameter_supported: false,
    code_challenge_methods_supported: ["S256"],
  };
}

/** What signs a client's tokens. */
export function algorithm({ signingKey }: Client): "RS256" | "ES256" | "HS256" {
  if (signingKey === null) return "HS256";
  return signingKey.key.includes("BEGIN EC ") ? "ES256" : "RS256";
}
