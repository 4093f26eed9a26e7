import { mayUse } from "../access";
import { secondsOf } from "../duration";
import { OUTPOST_CONFIG } from "../defaults";
import type { Application, Brand, JsonObject, Provider, ProviderKind } from "../model";
import { hashPassword, randomKey } from "../passwords";
import { find } from "./crud";
import { fieldError, forbidden, NO_PERMISSION, notFound } from "./errors";
import { groups, setMember, tokens, users } from "./resources/directory";
import { callingOutpost } from "./resources/outposts";
import { presentAny } from "./resources/providers";
import type { World } from "./world";
import { textOf } from "../json";

/** A path of the API that is not a verb on an object. */
export interface Action {
  readonly method: "GET" | "POST";
  /** As the schema names it. */
  readonly path: string;
  /** Whether administrators alone may call it. @default true */
  readonly superuser?: boolean;
  run(call: ActionCall): Promise<JsonObject | undefined>;
}

export interface ActionCall {
  /** What a path has in place of its parameter. */
  readonly name: string;
  readonly body: JsonObject;
  readonly query: URLSearchParams;
  readonly world: World;
}

export const actions: readonly Action[] = [
  {
    method: "POST",
    path: "/core/users/{id}/set_password/",
    async run({ name, body, world }) {
      const user = await find(users, name, world);
      const password = await hashPassword(textOf(body.password));
      const password_change_date = new Date().toISOString();
      await world.put("user", name, { ...user, password, password_change_date });
      // Everyone who is signed in with the old one is signed out.
      await world.store.removeWhere("artifact", "accountId", name);
      return undefined;
    },
  },
  {
    method: "POST",
    path: "/core/users/{id}/recovery/",
    async run({ name, world }) {
      const user = await find(users, name, world);
      const slug = (await recoveryFlow(world))?.slug;
      if (slug === undefined) throw fieldError("non_field_errors", "No recovery flow set.");
      const key = randomKey(60);
      const expires = new Date(Date.now() + 60 * 60 * 1000);
      const link = { recovery: String(user.pk), accountId: String(user.pk), flow: slug };
      await world.store.put("artifact", `recovery:${key}`, link, expires);
      return { link: `${world.origin}/if/flow/${slug}/?flow_token=${key}` };
    },
  },
  {
    method: "POST",
    path: "/core/tokens/{identifier}/set_key/",
    async run({ name, body, world }) {
      const token = await find(tokens, name, world);
      await world.put("token", token.pk, { ...token, key: textOf(body.key) });
      return undefined;
    },
  },
  {
    method: "GET",
    path: "/core/tokens/{identifier}/view_key/",
    run: async ({ name, world }) => ({ key: (await find(tokens, name, world)).key }),
  },
  ...([true, false] as const).map((member): Action => ({
    method: "POST",
    path: `/core/groups/{group_uuid}/${member ? "add" : "remove"}_user/`,
    async run({ name, body, world }) {
      const group = await find(groups, name, world);
      await setMember(await find(users, textOf(body.pk), world), group.pk, member, world);
      return undefined;
    },
  })),
  {
    method: "GET",
    path: "/core/users/me/",
    superuser: false,
    run: ({ world }) => Promise.resolve({ user: presentSelf(world) }),
  },
  {
    method: "GET",
    path: "/core/brands/current/",
    superuser: false,
    run: ({ world }) => currentBrand(world),
  },
  {
    method: "GET",
    path: "/outposts/instances/default_settings/",
    superuser: false,
    run: () => Promise.resolve({ config: structuredClone(OUTPOST_CONFIG) as never }),
  },
  {
    method: "GET",
    path: "/root/config/",
    superuser: false,
    run: () =>
      Promise.resolve({
        error_reporting: {
          enabled: false,
          sentry_dsn: "",
          environment: "",
          send_pii: false,
          traces_sample_rate: 0,
        },
        capabilities: [],
        cache_timeout: 300,
        cache_timeout_flows: 300,
        cache_timeout_policies: 300,
      }),
  },
  {
    method: "GET",
    path: "/outposts/proxy/",
    superuser: false,
    run: ({ world }) => outpostProviders("proxy", world, proxyConfig),
  },
  {
    method: "GET",
    path: "/outposts/ldap/",
    superuser: false,
    run: ({ world }) => outpostProviders("ldap", world, ldapConfig),
  },
  {
    method: "GET",
    path: "/outposts/radius/",
    superuser: false,
    run: ({ world }) => outpostProviders("radius", world, radiusConfig),
  },
  ...(["ldap", "radius"] as const).map((kind): Action => ({
    method: "GET",
    path: `/outposts/${kind}/{id}/check_access/`,
    superuser: false,
    async run({ query, world }) {
      const slug = query.get("app_slug");
      const application = (await world.all("application")).find((each) => each.slug === slug);
      if (!application) throw notFound("Application");
      const passing = await mayUse(world.store, application, world.caller);
      const access = { passing, messages: [], log_messages: [] };
      return { access, ...(kind === "ldap" && { has_search_permission: world.superuser }) };
    },
  })),
];

async function recoveryFlow(world: World) {
  const [brand] = (await world.all("brand")).filter((each) => each.default);
  return (await world.all("flow")).find(({ pk }) => pk === brand?.flow_recovery);
}

function presentSelf(world: World): JsonObject {
  const { user, groups: own } = world.caller;
  return {
    pk: user.pk,
    username: user.username,
    name: user.name,
    is_active: user.is_active,
    is_superuser: world.superuser,
    groups: own.map(({ pk, name }) => ({ pk, name })),
    email: user.email,
    avatar: "/static/dist/assets/images/user_default.png",
    uid: user.uid,
    settings: {},
    type: user.type,
    system_permissions: [],
  };
}

async function currentBrand(world: World): Promise<JsonObject> {
  const all = await world.all("brand");
  const host = new URL(world.origin).hostname;
  const matches = (brand: Brand) => host === brand.domain || host.endsWith(`.${brand.domain}`);
  const brand = all.find(matches) ?? all.find((each) => each.default)!;
  const flows = await world.all("flow");
  const slugs = Object.entries(brand).flatMap(([name, pk]): [string, string][] => {
    const flow = name.startsWith("flow_") && flows.find((each) => each.pk === pk);
    return flow ? [[name, flow.slug]] : [];
  });
  return {
    matched_domain: brand.domain,
    branding_title: brand.branding_title!,
    branding_logo: brand.branding_logo!,
    branding_favicon: brand.branding_favicon!,
    branding_custom_css: brand.branding_custom_css!,
    ui_footer_links: [],
    ui_theme: "automatic",
    ...Object.fromEntries(slugs),
    default_locale: "",
    flags: { policies_buffered_access_view: false, flows_refresh_others: false },
  };
}

type Config = (
  provider: Provider,
  application: Application,
  world: World,
) => JsonObject | Promise<JsonObject>;

/** What an outpost reads about the providers that are attached to it. */
async function outpostProviders(
  kind: ProviderKind,
  world: World,
  config: Config,
): Promise<JsonObject> {
  const outpost = await callingOutpost(world);
  if (!outpost && !world.superuser) throw forbidden(NO_PERMISSION);
  const providers = (await world.all("provider")).filter(
    (each) => each.kind === kind && (!outpost || outpost.providers.includes(each.pk)),
  );
  const applications = await world.all("application");
  const results: JsonObject[] = [];
  for (const provider of providers) {
    const application = applications.find(
      ({ provider: pk, backchannel_providers }) =>
        pk === provider.pk || backchannel_providers.includes(provider.pk),
    );
    if (application) results.push(await config(provider, application, world));
  }
  const count = results.length;
  const pagination = {
    next: 0,
    previous: 0,
    count,
    current: 1,
    total_pages: 1,
    start_index: count > 0 ? 1 : 0,
    end_index: count,
  };
  return { pagination, results, autocomplete: {} };
}

const slugOf = async (pk: unknown, world: World): Promise<string> =>
  (await world.all("flow")).find((flow) => flow.pk === pk)?.slug ?? "default-authentication-flow";

const ldapConfig: Config = async (provider, application, world) => ({
  pk: provider.pk,
  name: provider.name,
  base_dn: provider.base_dn!,
  bind_flow_slug: await slugOf(provider.authorization_flow, world),
  unbind_flow_slug: await slugOf(provider.invalidation_flow, world),
  application_slug: application.slug,
  certificate: provider.certificate!,
  tls_server_name: provider.tls_server_name!,
  uid_start_number: provider.uid_start_number!,
  gid_start_number: provider.gid_start_number!,
  search_mode: provider.search_mode!,
  bind_mode: provider.bind_mode!,
  mfa_support: provider.mfa_support!,
});

const radiusConfig: Config = async (provider, application, world) => ({
  pk: provider.pk,
  name: provider.name,
  application_slug: application.slug,
  auth_flow_slug: await slugOf(provider.authorization_flow, world),
  client_networks: provider.client_networks!,
  shared_secret: provider.shared_secret!,
  mfa_support: provider.mfa_support!,
  certificate: provider.certificate!,
});

const proxyConfig: Config = async (provider, application, world) => {
  const base = `${world.origin}/application/o`;
  const issuer = `${base}/${application.slug}/`;
  const mappings = (await world.all("mapping")).filter(({ pk }) =>
    (provider.property_mappings as string[]).includes(pk),
  );
  const { name } = await presentAny(provider, world);
  return {
    pk: provider.pk,
    name: name!,
    external_host: provider.external_host!,
    ...(provider.internal_host ? { internal_host: provider.internal_host } : {}),
    internal_host_ssl_validation: provider.internal_host_ssl_validation!,
    client_id: provider.client_id!,
    client_secret: provider.client_secret!,
    oidc_configuration: {
      issuer,
      authorization_endpoint: `${base}/authorize/`,
      token_endpoint: `${base}/token/`,
      userinfo_endpoint: `${base}/userinfo/`,
      end_session_endpoint: `${issuer}end-session/`,
      introspection_endpoint: `${base}/introspect/`,
      jwks_uri: `${issuer}jwks/`,
      response_types_supported: ["code"],
      id_token_signing_alg_values_supported: ["RS256"],
      subject_types_supported: ["public"],
      token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic"],
    },
    certificate: provider.certificate!,
    skip_path_regex: provider.skip_path_regex!,
    basic_auth_enabled: provider.basic_auth_enabled!,
    basic_auth_password_attribute: provider.basic_auth_password_attribute!,
    basic_auth_user_attribute: provider.basic_auth_user_attribute!,
    mode: provider.mode!,
    cookie_domain: provider.cookie_domain!,
    access_token_validity: secondsOf(textOf(provider.access_token_validity)),
    intercept_header_auth: provider.intercept_header_auth!,
    scopes_to_request: mappings.map(({ scope_name }) => scope_name),
    assigned_application_slug: application.slug,
    assigned_application_name: application.name,
  };
};

/** Refuses what a caller may not do. */
export function authorize(action: Action, world: World): void {
  if (action.superuser !== false && !world.superuser) throw forbidden(NO_PERMISSION);
}
