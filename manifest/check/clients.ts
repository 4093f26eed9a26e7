import type { Issue, Path } from "../issue";
import { isPublicRedirect, redirectFault } from "./redirects";
import type { ServiceSpec } from "../resolve/spec";
import { authsOf, type PlacedAuth } from "./auths";
import { Claims } from "./claims";
import { type CheckContext, pathOf } from "./context";

/** Clients that Keycloak has in every realm, and the one by which the proxy asks it. */
const reservedClients =
  /^(account|account-console|admin-cli|broker|nixmox|oauth2-proxy|realm-management|security-admin-console)$/;

/** Claims with a meaning that no user name and no groups can have. */
const tokenClaims = ["iss", "aud", "azp", "exp", "iat", "nbf", "jti", "nonce", "acr", "amr", "sid"];
/** Claims about a user that are no list of groups. */
const userClaims = ["sub", "name", "email", "email_verified", "preferred_username", "nickname"];

/** The most characters of an application's name at a provider. */
const maxSlug = 50;

/** A client asks for what a provider knows, and is sent back to the service that it is. */
export function checkClients(context: CheckContext, service: ServiceSpec<undefined>): Issue[] {
  return authsOf(context, service).flatMap((placed) =>
    placed.auth.type === "oidc" && placed.auth.oidc !== undefined
      ? checkClient(context, service, placed)
      : [],
  );
}

function checkClient(
  { manifest, isFaulty, isWritten }: CheckContext,
  service: ServiceSpec<undefined>,
  { auth, at }: PlacedAuth,
): Issue[] {
  const path = (key: string, ...rest: number[]): Path => [...at, "oidc", key, ...rest];
  const { scopes, redirect_uris: uris = [], client_id: id } = auth.oidc!;
  const { username_claim: username, groups_claim: groups } = auth.oidc!;
  const issues: Issue[] = [
    ...(scopes ? checkScopes(scopes, path("scopes")) : []),
    ...uris.flatMap((uri, i): Issue[] => {
      if (isFaulty(path("redirect_uris", i))) return [];
      const message = redirectFault(manifest, service, uri);
      if (message !== undefined)
        return [{ code: "wrong-redirect", path: path("redirect_uris", i), message }];
      return uris.indexOf(uri) < i
        ? [
            {
              code: "written-twice",
              path: path("redirect_uris", i),
              message: "it is listed twice. Remove one.",
            },
          ]
        : [];
    }),
  ];
  if (id !== undefined && reservedClients.test(id)) {
    const message = `an identity provider has a client "${id}" of its own. Use another name.`;
    issues.push({ code: "reserved-name", path: path("client_id"), message });
  }
  for (const [key, claim, taken] of [
    ["username_claim", username, tokenClaims],
    ["groups_claim", groups, [...tokenClaims, ...userClaims]],
  ] as const) {
    if (claim === undefined || !taken.includes(claim)) continue;
    const message = `"${claim}" has another meaning. Use another claim.`;
    issues.push({ code: "reserved-name", path: path(key), message });
  }
  const isSame = username !== undefined && username === groups;
  if (isSame && !isFaulty(path("groups_claim"))) {
    const written = isWritten(path("groups_claim")) ? "groups_claim" : "username_claim";
    const message = `"${username}" cannot hold the user name and the groups. Use another claim.`;
    issues.push({ code: "taken", path: path(written), message });
  }
  return issues;
}

function checkScopes(scopes: readonly string[], path: Path): Issue[] {
  const issues = scopes.flatMap((scope, i): Issue[] => {
    if (scopes.indexOf(scope) === i) return [];
    const message = `${scope} is listed twice. Remove one.`;
    return [{ code: "written-twice", path: [...path, i], message }];
  });
  if (!scopes.includes("openid")) {
    const message = 'without "openid" there is no sign-in. Add it.';
    issues.push({ code: "missing", path, message });
  }
  return issues;
}

/** What each sign-in is called at the provider is its own, and short enough. */
export function checkSignInNames({ manifest, place, isFaulty }: CheckContext): Issue[] {
  const [slugs, clients] = [new Claims(place), new Claims(place)];
  const own = manifest.services.flatMap((service) =>
    Object.entries(service.interface.sign_ins).flatMap(([key, { slug, client, routes }]) => {
      const base = [...pathOf(service), "interface"];
      const route = routes[0] ?? (Object.hasOwn(service.interface.routes, key) ? key : undefined);
      const path =
        key === "default" || route === undefined ? [...base, "auth"] : [...base, "routes", route];
      const issues = checkSlug(slugs, slug, path);
      if (client === undefined || isFaulty([...path, "oidc", "client_id"])) return issues;
      const at = path.at(-1) === "auth" ? path : [...path, "auth"];
      return [
        ...issues,
        ...clients.claim(
          `client "${client.client_id}"`,
          [...at, "oidc", "client_id"],
          "Use another one.",
        ),
      ];
    }),
  );
  const external = manifest.routes.flatMap(({ name, sign_in }): Issue[] =>
    sign_in === undefined ? [] : checkSlug(slugs, sign_in.slug, ["routes", name]),
  );
  return [...own, ...external];
}

function checkSlug(slugs: Claims, slug: string, path: Path): Issue[] {
  const advice = "Give the route another name.";
  const taken = slugs.claim(`application "${slug}"`, path, advice);
  if (slug.length <= maxSlug) return taken;
  const message = `its name at the identity provider would be ${slug}, and ${maxSlug} characters are allowed. ${advice}`;
  return [...taken, { code: "out-of-range", path, message }];
}

/** Redirects to sites outside of the homelab, which are not wrong, but which people should know. */
export function foreignRedirects(context: CheckContext, service: ServiceSpec<undefined>): Path[] {
  const { network } = context.manifest;
  return authsOf(context, service).flatMap(({ auth, at }) =>
    (auth.type === "oidc" ? (auth.oidc?.redirect_uris ?? []) : []).flatMap((uri, i) =>
      isPublicRedirect(network.domain, service, uri) ? [[...at, "oidc", "redirect_uris", i]] : [],
    ),
  );
}
