import { randomUUID } from "node:crypto";
import { isDuration } from "../../duration";
import { checkExpression } from "../../expression";
import { SELF_SIGNED } from "../../defaults";
import type { Json, JsonObject, Provider, ProviderKind, RedirectUri } from "../../model";
import { randomKey } from "../../passwords";
import { checkPattern } from "../crud";
import { fieldError } from "../errors";
import { keysOf, type Resource } from "../resource";
import type { World } from "../world";
import { textOf } from "../../json";

interface Description {
  readonly model: string;
  readonly component: string;
  readonly names: readonly [one: string, several: string];
  defaults(world: World): Promise<JsonObject>;
}

const validity = { access_token_validity: "hours=1", refresh_token_validity: "days=30" };

const DESCRIPTIONS: Readonly<Record<ProviderKind, Description>> = {
  oauth2: {
    model: "authentik_providers_oauth2.oauth2provider",
    component: "ak-provider-oauth2-form",
    names: ["OAuth2/OpenID Provider", "OAuth2/OpenID Providers"],
    defaults: () =>
      Promise.resolve({
        client_type: "confidential",
        client_id: randomKey(40),
        client_secret: randomKey(128),
        access_code_validity: "minutes=1",
        ...validity,
        refresh_token_threshold: "seconds=0",
        include_claims_in_id_token: true,
        signing_key: null,
        encryption_key: null,
        redirect_uris: [],
        sub_mode: "hashed_user_id",
        issuer_mode: "per_provider",
        jwt_federation_sources: [],
        jwt_federation_providers: [],
      }),
  },
  proxy: {
    model: "authentik_providers_proxy.proxyprovider",
    component: "ak-provider-proxy-form",
    names: ["Proxy Provider", "Proxy Providers"],
    defaults: async (world) => ({
      client_id: randomKey(40),
      client_secret: randomKey(128),
      internal_host_ssl_validation: true,
      certificate: null,
      skip_path_regex: "",
      basic_auth_enabled: false,
      basic_auth_password_attribute: "",
      basic_auth_user_attribute: "",
      mode: "proxy",
      intercept_header_auth: true,
      cookie_domain: "",
      ...validity,
      jwt_federation_sources: [],
      jwt_federation_providers: [],
      ...(await proxyDefaults(world)),
    }),
  },
  ldap: {
    model: "authentik_providers_ldap.ldapprovider",
    component: "ak-provider-ldap-form",
    names: ["LDAP Provider", "LDAP Providers"],
    defaults: () =>
      Promise.resolve({
        base_dn: "DC=ldap,DC=goauthentik,DC=io",
        certificate: null,
        tls_server_name: "",
        uid_start_number: 2000,
        gid_start_number: 4000,
        search_mode: "direct",
        bind_mode: "direct",
        mfa_support: true,
      }),
  },
  radius: {
    model: "authentik_providers_radius.radiusprovider",
    component: "ak-provider-radius-form",
    names: ["Radius Provider", "Radius Providers"],
    defaults: () =>
      Promise.resolve({
        client_networks: "0.0.0.0/0, ::/0",
        shared_secret: randomKey(128),
        mfa_support: true,
        certificate: null,
      }),
  },
};

/** What the outpost needs to sign people in: every scope it asks for, and the default key. */
async function proxyDefaults(world: World): Promise<JsonObject> {
  const wanted = ["openid", "email", "profile", "ak_proxy"];
  const scopes = (await world.all("mapping")).filter(
    ({ managed, scope_name }) => managed !== null && wanted.includes(scope_name),
  );
  const certificates = await world.all("certificate");
  return {
    property_mappings: scopes.map(({ pk }) => pk),
    signing_key: certificates.find(({ name }) => name === SELF_SIGNED)?.pk ?? null,
  };
}

/** The one address to which a proxy provider's sign-ins return. */
export const proxyRedirect = (provider: Provider): string =>
  `${new URL(textOf(provider.external_host)).origin}/outpost.goauthentik.io/callback?X-authentik-auth-callback=true`;

/** A provider of any kind as other objects show it. */
export async function presentAny(provider: Provider, world: World): Promise<JsonObject> {
  const { model, component, names } = DESCRIPTIONS[provider.kind];
  const applications = await world.all("application");
  const front = applications.find((each) => each.provider === provider.pk);
  const back = applications.find((each) => each.backchannel_providers.includes(provider.pk));
  return {
    pk: provider.pk,
    name: provider.name,
    authentication_flow: provider.authentication_flow ?? null,
    authorization_flow: provider.authorization_flow,
    invalidation_flow: provider.invalidation_flow,
    property_mappings: provider.property_mappings ?? [],
    component,
    assigned_application_slug: front?.slug ?? null,
    assigned_application_name: front?.name ?? null,
    assigned_backchannel_application_slug: back?.slug ?? null,
    assigned_backchannel_application_name: back?.name ?? null,
    verbose_name: names[0],
    verbose_name_plural: names[1],
    meta_model_name: model,
  };
}

async function present(provider: Provider, world: World): Promise<JsonObject> {
  const { kind, client_secret, signing_key, ...own } = provider;
  const outposts = (await world.all("outpost")).filter((each) =>
    each.providers.includes(provider.pk),
  );
  return {
    ...own,
    ...(await presentAny(provider, world)),
    ...(kind === "oauth2"
      ? { client_secret: client_secret!, signing_key: signing_key! }
      : { outpost_set: outposts.map(({ name }) => name) }),
    ...(kind === "proxy" && {
      redirect_uris: [{ matching_mode: "strict", url: proxyRedirect(provider) }],
    }),
  };
}

function check(provider: Provider): Promise<void> {
  for (const name of Object.keys(provider).filter((each) => /_(validity|threshold)$/.test(each))) {
    const value = textOf(provider[name]);
    if (!isDuration(value))
      throw fieldError(name, `${value} is not in the correct format of 'hours=3;minutes=1'.`);
  }
  for (const { matching_mode, url } of redirectUris(provider)) {
    if (matching_mode === "regex") checkPattern("redirect_uris", url);
  }
  if (provider.kind === "proxy") {
    if (provider.mode === "proxy" && !provider.internal_host) {
      const message = "Internal host cannot be empty when forward auth is disabled.";
      throw fieldError("internal_host", message);
    }
    for (const line of textOf(provider.skip_path_regex).split("\n")) {
      checkPattern("skip_path_regex", line);
    }
  }
  return Promise.resolve();
}

/** The addresses to which a client's sign-ins may return. */
export const redirectUris = (provider: Provider): RedirectUri[] =>
  (provider.redirect_uris ?? []) as unknown as RedirectUri[];

/** Certificates that have a key to sign with. */
const signingKeys = async (world: World) =>
  (await world.all("certificate")).filter(({ key }) => key !== "").map(({ pk }) => pk);

function providersOf(kind: ProviderKind): Resource<"provider"> {
  return {
    kind: "provider",
    path: `/providers/${kind}/`,
    label: DESCRIPTIONS[kind].names[0].replace(/ Provider$/, "Provider"),
    lookup: ({ pk }) => String(pk),
    key: ({ pk }) => String(pk),
    where: (provider) => provider.kind === kind,
    unique: {
      name: "provider with this name already exists.",
      client_id: "OAuth2/OpenID Provider with this Client ID already exists.",
    },
    references: {
      authentication_flow: keysOf("flow"),
      authorization_flow: keysOf("flow"),
      invalidation_flow: keysOf("flow"),
      property_mappings: keysOf("mapping"),
      signing_key: signingKeys,
      encryption_key: signingKeys,
      certificate: keysOf("certificate"),
      jwt_federation_providers: keysOf("provider"),
      jwt_federation_sources: () => Promise.resolve([]),
    },
    search: ["name"],
    filters: {
      name__iexact: (provider, value) => provider.name.toLowerCase() === value.toLowerCase(),
      application: async (provider, value, world) =>
        (await world.all("application")).some(
          (each) => each.pk === value && each.provider === provider.pk,
        ),
      property_mappings: (provider, value) =>
        (provider.property_mappings as Json[]).includes(value),
      application__isnull: async (provider, value, world) =>
        (await world.all("application")).every((each) => each.provider !== provider.pk) ===
        (value === "true"),
    },
    create: async (body, world) => ({
      authentication_flow: null,
      property_mappings: [],
      ...(await DESCRIPTIONS[kind].defaults(world)),
      ...(body as Pick<Provider, "name" | "authorization_flow" | "invalidation_flow">),
      pk: await world.store.nextNumber(),
      kind,
    }),
    check,
    async removing({ pk }, world) {
      for (const each of await world.all("application")) {
        const backchannel_providers = each.backchannel_providers.filter((other) => other !== pk);
        const provider = each.provider === pk ? null : each.provider;
        await world.put("application", each.pk, { ...each, provider, backchannel_providers });
      }
      for (const each of await world.all("outpost")) {
        const providers = each.providers.filter((other) => other !== pk);
        await world.put("outpost", each.pk, { ...each, providers });
      }
      await world.store.removeWhere("artifact", "provider", String(pk));
    },
    present,
  };
}

export const oauth2 = providersOf("oauth2");
export const proxy = providersOf("proxy");
export const ldap = providersOf("ldap");
export const radius = providersOf("radius");

/** Every kind, to read. */
export const anyProvider: Resource<"provider"> = {
  kind: "provider",
  path: "/providers/all/",
  label: "Provider",
  lookup: ({ pk }) => String(pk),
  key: ({ pk }) => String(pk),
  search: ["name"],
  present: presentAny,
};

/** The scopes that NixMox and others define. */
export const scopeMappings: Resource<"mapping"> = {
  kind: "mapping",
  path: "/propertymappings/provider/scope/",
  label: "ScopeMapping",
  lookup: ({ pk }) => pk,
  key: ({ pk }) => pk,
  unique: {
    name: "property mapping with this name already exists.",
    managed: "property mapping with this Managed by authentik already exists.",
  },
  search: ["name", "scope_name"],
  create: (body) =>
    Promise.resolve({
      managed: null,
      description: "",
      ...(body as { name: string; scope_name: string; expression: string }),
      pk: randomUUID(),
    }),
  check: checkMapping,
  async removing({ pk }, world) {
    for (const each of await world.all("provider")) {
      const property_mappings = (each.property_mappings as string[]).filter((own) => own !== pk);
      await world.put("provider", String(each.pk), { ...each, property_mappings });
    }
  },
  present: (mapping) =>
    Promise.resolve({
      ...mapping,
      component: "ak-property-mapping-provider-scope-form",
      verbose_name: "Scope Mapping",
      verbose_name_plural: "Scope Mappings",
      meta_model_name: "authentik_providers_oauth2.scopemapping",
    }),
};

function checkMapping({ expression }: { expression: string }): Promise<void> {
  try {
    checkExpression(expression);
  } catch (error) {
    throw fieldError("expression", (error as Error).message);
  }
  return Promise.resolve();
}
