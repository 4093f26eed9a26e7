import type * as api from "@goauthentik/api/dist/esm/index";
import { resource } from "../resource";

// Names of providers are unique across all kinds, so that the one that is in the way may be of
// another kind, which a list of one kind does not show.
const shared = { name: "name", unique: ["name"], id: ({ pk }: { pk: number }) => String(pk) };

const gone = { jwksSources: "jwtFederationSources" };

export const providerOauth2 = resource<api.OAuth2ProviderRequest, api.OAuth2Provider>({
  ...shared,
  what: "OAuth2 provider",
  names: { allowedRedirectUris: "redirectUris", backchannelLogoutUri: "logoutUri" },
  nullable: ["authenticationFlow", "signingKey", "encryptionKey"],
  required: { redirectUris: [] },
  computed: ["clientSecret"],
  gone,
  values: {
    clientType: ["confidential", "public"],
    issuerMode: ["global", "per_provider"],
    subMode: ["hashed_user_id", "user_id", "user_uuid", "user_username", "user_email", "user_upn"],
  },
  create: ({ providers }, oAuth2ProviderRequest) =>
    providers.providersOauth2Create({ oAuth2ProviderRequest }),
  read: ({ providers }, id) => providers.providersOauth2Retrieve({ id: Number(id) }),
  update: ({ providers }, id, patchedOAuth2ProviderRequest) =>
    providers.providersOauth2PartialUpdate({ id: Number(id), patchedOAuth2ProviderRequest }),
  remove: ({ providers }, id) => providers.providersOauth2Destroy({ id: Number(id) }),
  find: ({ providers }, { name }) => providers.providersOauth2List({ name }),
});

export const providerProxy = resource<api.ProxyProviderRequest, api.ProxyProvider>({
  ...shared,
  what: "proxy provider",
  names: { basicAuthUsernameAttribute: "basicAuthUserAttribute" },
  nullable: ["authenticationFlow"],
  gone,
  values: { mode: ["proxy", "forward_single", "forward_domain"] },
  create: ({ providers }, proxyProviderRequest) =>
    providers.providersProxyCreate({ proxyProviderRequest }),
  read: ({ providers }, id) => providers.providersProxyRetrieve({ id: Number(id) }),
  update: ({ providers }, id, patchedProxyProviderRequest) =>
    providers.providersProxyPartialUpdate({ id: Number(id), patchedProxyProviderRequest }),
  remove: ({ providers }, id) => providers.providersProxyDestroy({ id: Number(id) }),
  find: ({ providers }, { name }) => providers.providersProxyList({ nameIexact: name }),
});

export const providerLdap = resource<api.LDAPProviderRequest, api.LDAPProvider>({
  ...shared,
  what: "LDAP provider",
  // An LDAP provider has no flows of its own kind: a bind authorizes, and an unbind invalidates.
  names: { bindFlow: "authorizationFlow", unbindFlow: "invalidationFlow" },
  nullable: ["certificate"],
  values: { bindMode: ["direct", "cached"], searchMode: ["direct", "cached"] },
  create: ({ providers }, lDAPProviderRequest) =>
    providers.providersLdapCreate({ lDAPProviderRequest }),
  read: ({ providers }, id) => providers.providersLdapRetrieve({ id: Number(id) }),
  update: ({ providers }, id, patchedLDAPProviderRequest) =>
    providers.providersLdapPartialUpdate({ id: Number(id), patchedLDAPProviderRequest }),
  remove: ({ providers }, id) => providers.providersLdapDestroy({ id: Number(id) }),
  find: ({ providers }, { name }) => providers.providersLdapList({ nameIexact: name }),
});

export const providerRadius = resource<api.RadiusProviderRequest, api.RadiusProvider>({
  ...shared,
  what: "RADIUS provider",
  create: ({ providers }, radiusProviderRequest) =>
    providers.providersRadiusCreate({ radiusProviderRequest }),
  read: ({ providers }, id) => providers.providersRadiusRetrieve({ id: Number(id) }),
  update: ({ providers }, id, patchedRadiusProviderRequest) =>
    providers.providersRadiusPartialUpdate({ id: Number(id), patchedRadiusProviderRequest }),
  remove: ({ providers }, id) => providers.providersRadiusDestroy({ id: Number(id) }),
  find: ({ providers }, { name }) => providers.providersRadiusList({ nameIexact: name }),
});
