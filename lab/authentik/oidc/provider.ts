import { createHash, createPrivateKey } from "node:crypto";
import Provider, { interactionPolicy, type Configuration, type JWK } from "oidc-provider";
import { subjectOf } from "../access";
import { claimNames, evaluateExpression } from "../expression";
import type { Certificate, User } from "../model";
import type { Store } from "../store";
import { errorPage } from "../web/pages";
import { SESSION_COOKIE } from "../web/sessions";
import { adapters } from "./adapter";
import { algorithm, allowsRedirect, issuerOf, validity, type Client } from "./clients";
import { redirectUris } from "../api/resources/providers";
import { textOf } from "../json";

/** How a client says who it is at the token endpoint; Authentik takes either way. */
export type AuthMethod = "client_secret_basic" | "client_secret_post" | "none";

const PATHS = {
  authorization: "/application/o/authorize",
  token: "/application/o/token",
  userinfo: "/application/o/userinfo",
  introspection: "/application/o/introspect",
  revocation: "/application/o/revoke",
  jwks: "/application/o/jwks",
};

/** The OpenID provider of one application: its own issuer, key, scopes and claims. */
export function openIdProvider(
  store: Store,
  client: Client,
  origin: string,
  method: AuthMethod,
): Provider {
  const provider = new Provider(issuerOf(client, origin), {
    ...settings(client, method),
    adapter: adapters(store),
    findAccount: async (_, id) => {
      const user = await store.get("user", id);
      if (!user?.is_active) return undefined;
      return { accountId: id, claims: () => claimsOf(store, client, user) };
    },
    pairwiseIdentifier: async (_, id) => subject(client, (await store.get("user", id))!),
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({
        clientId: oidc.client!.clientId,
        accountId: oidc.session!.accountId!,
      });
      grant.addOIDCScope((oidc.params?.scope as string | undefined) ?? "openid");
      await grant.save();
      return grant;
    },
  });
  // The headers of proxies that are not trusted have been removed.
  provider.proxy = true;
  provider.Client.prototype.redirectUriAllowed = (uri: string) => allowsRedirect(client, uri);
  return provider;
}

function settings(client: Client, method: AuthMethod): Configuration {
  const { provider, mappings, signingKey } = client;
  const names = mappings.map(({ scope_name }) => scope_name);
  const refreshes = names.includes("offline_access");
  const web = redirectUris(provider).find(
    ({ matching_mode, url }) => matching_mode === "strict" && /^https?:/.test(url),
  );
  const access = validity(client, "access_token_validity");
  return {
    clients: [
      {
        client_id: textOf(provider.client_id),
        ...(method !== "none" && { client_secret: textOf(provider.client_secret) }),
        // Which addresses are allowed is decided by `allowsRedirect`.
        redirect_uris: [web?.url ?? "https://none.invalid/"],
        token_endpoint_auth_method: method,
        grant_types: ["authorization_code", ...(refreshes ? ["refresh_token"] : [])],
        response_types: ["code"],
        id_token_signed_response_alg: algorithm(client),
        subject_type: "pairwise",
      },
    ],
    ...(signingKey && { jwks: { keys: [jwk(signingKey)] } }),
    scopes: ["openid", ...names],
    claims: claimsByScope(client),
    conformIdTokenClaims: provider.include_claims_in_id_token === false,
    subjectTypes: ["pairwise"],
    responseTypes: ["code"],
    enabledJWA: { idTokenSigningAlgValues: ["RS256", "ES256", "HS256"] },
    ttl: {
      AccessToken: access,
      IdToken: access,
      AuthorizationCode: validity(client, "access_code_validity"),
      RefreshToken: validity(client, "refresh_token_validity"),
      Grant: validity(client, "refresh_token_validity"),
      Interaction: 3600,
      Session: (_, session) => Math.max((session.exp ?? 0) - Math.floor(Date.now() / 1000), 1),
    },
    cookies: {
      names: {
        session: SESSION_COOKIE,
        interaction: "authentik_interaction",
        resume: "authentik_resume",
      },
      long: { httpOnly: true, sameSite: "lax" },
      short: { httpOnly: true, sameSite: "lax" },
    },
    features: {
      devInteractions: { enabled: false },
      introspection: { enabled: true },
      revocation: { enabled: true },
      rpInitiatedLogout: { enabled: false },
    },
    pkce: { required: () => false },
    routes: PATHS,
    interactions: {
      url: (_, { uid }) => `/application/o/interaction/${uid}/`,
      policy: interactionPolicy.base(),
    },
    clientBasedCORS: (_, caller) =>
      redirectUris(provider).some(({ url }) => url.startsWith(`${caller}/`)),
    renderError: (ctx, { error, error_description }) => {
      ctx.respond = false;
      errorPage(ctx.res, "Bad Request", error_description ?? error);
    },
  };
}

/** Which claims a scope stands for. */
function claimsByScope({ mappings }: Client): Record<string, string[]> {
  const claims: Record<string, string[]> = { openid: ["sub"] };
  for (const { scope_name, expression } of mappings) {
    claims[scope_name] = [...(claims[scope_name] ?? []), ...claimNames(expression)];
  }
  return claims;
}

async function claimsOf(store: Store, { mappings }: Client, user: User) {
  const who = await subjectOf(store, user);
  const parts = mappings.map(({ expression }) => evaluateExpression(expression, who));
  return { ...(Object.assign({}, ...parts) as object), sub: String(user.pk) };
}

function subject({ provider }: Client, user: User): string {
  switch (provider.sub_mode) {
    case "user_id":
      return String(user.pk);
    case "user_uuid":
      return user.uuid;
    case "user_username":
      return user.username;
    case "user_email":
      return user.email;
    case "user_upn":
      return typeof user.attributes.upn === "string" ? user.attributes.upn : user.uid;
    default:
      return user.uid;
  }
}

/** A key that signs tokens. */
export function jwk({ key, certificate }: Certificate): JWK {
  const kid = createHash("sha256").update(certificate).digest("hex").slice(0, 32);
  const exported = createPrivateKey(key).export({ format: "jwk" }) as JWK;
  return { ...exported, kid, use: "sig", alg: exported.kty === "EC" ? "ES256" : "RS256" };
}

/** The half of a key that everyone may see. */
export function publicJwk(certificate: Certificate): Record<string, unknown> {
  const { kty, n, e, crv, x, y, kid, use, alg } = jwk(certificate) as Record<string, unknown>;
  return kty === "EC" ? { kty, crv, x, y, kid, use, alg } : { kty, n, e, kid, use, alg };
}
