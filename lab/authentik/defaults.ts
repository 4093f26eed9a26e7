import { execFileSync } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import type { Flow, Group, ScopeMapping, User } from "./model";
import type { Settings } from "./environment";
import { hashPassword } from "./passwords";
import type { Store } from "./store";

export const EMBEDDED = "goauthentik.io/outposts/embedded";
export const SELF_SIGNED = "authentik Self-signed Certificate";

/** Slug, name, title, designation and who may enter, as a new Authentik's blueprints have them. */
const FLOWS: readonly (readonly [string, string, string, string, string])[] = [
  [
    "default-authentication-flow",
    "Welcome to authentik!",
    "Welcome to authentik!",
    "authentication",
    "none",
  ],
  ["default-invalidation-flow", "Logout", "Default Invalidation Flow", "invalidation", "none"],
  [
    "default-provider-authorization-explicit-consent",
    "Authorize Application",
    "Redirecting to %(app)s",
    "authorization",
    "require_authenticated",
  ],
  [
    "default-provider-authorization-implicit-consent",
    "Authorize Application",
    "Redirecting to %(app)s",
    "authorization",
    "require_authenticated",
  ],
  [
    "default-provider-invalidation-flow",
    "Logged out of application",
    "You've logged out of %(app)s.",
    "invalidation",
    "none",
  ],
  [
    "default-password-change",
    "Change Password",
    "Change password",
    "stage_configuration",
    "require_authenticated",
  ],
  [
    "default-user-settings-flow",
    "User settings",
    "Update your info",
    "stage_configuration",
    "require_authenticated",
  ],
];

/** Managed name, name, scope, description and expression of the scopes that a new Authentik has. */
const SCOPES: readonly (readonly [string, string, string, string, string])[] = [
  ["oauth2/scope-openid", "OpenID 'openid'", "openid", "", "return {}"],
  [
    "oauth2/scope-email",
    "OpenID 'email'",
    "email",
    "Email address",
    'return {\n    "email": request.user.email,\n    "email_verified": False\n}',
  ],
  [
    "oauth2/scope-profile",
    "OpenID 'profile'",
    "profile",
    "General Profile Information",
    'return {\n    "name": request.user.name,\n    "given_name": request.user.name,\n' +
      '    "preferred_username": request.user.username,\n    "nickname": request.user.username,\n' +
      '    "groups": [group.name for group in request.user.groups.all()],\n}',
  ],
  [
    "oauth2/scope-offline_access",
    "OpenID 'offline_access'",
    "offline_access",
    "Access to request new tokens without interaction",
    "return {}",
  ],
  [
    "proxy/scope-proxy",
    "authentik default OAuth Mapping: Proxy outpost",
    "ak_proxy",
    "authentik Proxy - User information",
    'return {\n    "ak_proxy": {\n        "user_attributes": {},\n        "is_superuser": request.user.is_superuser,\n    }\n}',
  ],
];

/** What an outpost's `config` has if nobody sets it. */
export const OUTPOST_CONFIG = {
  log_level: "info",
  docker_labels: null,
  authentik_host: "",
  docker_network: null,
  container_image: null,
  docker_map_ports: true,
  refresh_interval: "minutes=5",
  kubernetes_replicas: 1,
  kubernetes_namespace: "default",
  authentik_host_browser: "",
  object_naming_template: "ak-outpost-%(name)s",
  authentik_host_insecure: false,
  kubernetes_json_patches: null,
  kubernetes_service_type: "ClusterIP",
  kubernetes_ingress_path_type: null,
  kubernetes_image_pull_secrets: [],
  kubernetes_ingress_class_name: null,
  kubernetes_disabled_components: [],
  kubernetes_ingress_annotations: {},
  kubernetes_ingress_secret_name: "authentik-outpost-tls",
} as const;

const flow = ([slug, name, title, designation, authentication]: (typeof FLOWS)[number]): Flow => ({
  pk: randomUUID(),
  slug,
  name,
  title,
  designation,
  authentication,
  denied_action: "message_continue",
  layout: "stacked",
  policy_engine_mode: "any",
  compatibility_mode: false,
});

const scope = ([managed, name, scope_name, description, expression]: (typeof SCOPES)[number]) =>
  ({
    pk: randomUUID(),
    managed: `goauthentik.io/providers/${managed}`,
    name: `authentik default OAuth Mapping: ${name}`.replace(/^(authentik .*: )\1/, "$1"),
    scope_name,
    description,
    expression,
  }) satisfies ScopeMapping;

/** A user as it is created, without groups and password. */
export function newUser(
  pk: number,
  secretKey: string,
  own: Pick<User, "username" | "name"> & Partial<User>,
): User {
  const now = new Date().toISOString();
  return {
    pk,
    uuid: randomUUID(),
    uid: createHash("sha256").update(`${pk}-${secretKey}`).digest("hex"),
    email: "",
    is_active: true,
    type: "internal",
    path: "users",
    attributes: {},
    groups: [],
    password: null,
    date_joined: now,
    last_login: null,
    last_updated: now,
    password_change_date: now,
    ...own,
  };
}

/** What a new Authentik has before anyone uses it. Only what is missing is created. */
export async function applyBlueprints(store: Store, settings: Settings): Promise<void> {
  const flows = await store.list("flow");
  for (const each of FLOWS.map(flow)) {
    if (!flows.some(({ slug }) => slug === each.slug)) await store.put("flow", each.pk, each);
  }
  const mappings = await store.list("mapping");
  for (const each of SCOPES.map(scope)) {
    if (!mappings.some(({ managed }) => managed === each.managed)) {
      await store.put("mapping", each.pk, each);
    }
  }
  const certificates = await store.list("certificate");
  if (!certificates.some(({ name }) => name === SELF_SIGNED)) {
    const pk = randomUUID();
    await store.put("certificate", pk, { pk, name: SELF_SIGNED, managed: null, ...selfSigned() });
  }
  await createOutpost(store);
  await createBrand(store);
  await createAdministrator(store, settings);
}

async function createOutpost(store: Store): Promise<void> {
  const outposts = await store.list("outpost");
  if (outposts.some(({ managed }) => managed === EMBEDDED)) return;
  const pk = randomUUID();
  await store.put("outpost", pk, {
    pk,
    name: "authentik Embedded Outpost",
    type: "proxy",
    providers: [],
    service_connection: null,
    config: structuredClone(OUTPOST_CONFIG) as never,
    managed: EMBEDDED,
  });
}

async function createBrand(store: Store): Promise<void> {
  if ((await store.list("brand")).some((brand) => brand.default)) return;
  const flows = await store.list("flow");
  const pk = (slug: string) => flows.find((each) => each.slug === slug)?.pk ?? null;
  const brand_uuid = randomUUID();
  await store.put("brand", brand_uuid, {
    brand_uuid,
    domain: "authentik-default",
    default: true,
    branding_title: "authentik",
    branding_logo: "/static/dist/assets/icons/icon_left_brand.svg",
    branding_favicon: "/static/dist/assets/icons/icon.png",
    branding_custom_css: "",
    branding_default_flow_background: "/static/dist/assets/images/flow_background.jpg",
    flow_authentication: pk("default-authentication-flow"),
    flow_invalidation: pk("default-invalidation-flow"),
    flow_recovery: null,
    flow_unenrollment: null,
    flow_user_settings: pk("default-user-settings-flow"),
    flow_device_code: null,
    default_application: null,
    web_certificate: null,
    client_certificates: [],
    attributes: {},
  });
}

/** `akadmin`, whose first password and token are read only when they are created. */
async function createAdministrator(store: Store, settings: Settings): Promise<void> {
  const groups = await store.find("group", "name", "authentik Admins");
  const group = groups[0] ?? (await createAdmins(store));
  const { email, password, token } = settings.bootstrap;
  const users = await store.find("user", "username", "akadmin");
  let user = users[0];
  if (!user) {
    user = newUser(await store.nextNumber(), settings.secretKey, {
      username: "akadmin",
      name: "authentik Default Admin",
      email,
      groups: [group.pk],
      password: password ? await hashPassword(password) : null,
    });
    await store.put("user", String(user.pk), user);
  }
  const identifier = "authentik-bootstrap-token";
  if (!token || (await store.find("token", "identifier", identifier)).length > 0) return;
  const pk = randomUUID();
  await store.put("token", pk, {
    pk,
    managed: null,
    identifier,
    intent: "api",
    user: user.pk,
    description: "",
    expires: null,
    expiring: false,
    key: token,
  });
}

async function createAdmins(store: Store): Promise<Group> {
  const pk = randomUUID();
  const group: Group = {
    pk,
    num_pk: await store.nextNumber(),
    name: "authentik Admins",
    is_superuser: true,
    parent: null,
    roles: [],
    attributes: {},
  };
  await store.put("group", pk, group);
  return group;
}

/** The key that signs tokens, with a certificate of its own. */
function selfSigned(): { certificate: string; key: string } {
  const words =
    "req -x509 -newkey rsa:2048 -nodes -days 365 -subj /O=authentik/CN=authentik -keyout - -out -";
  const pem = execFileSync("openssl", words.split(" "), { encoding: "utf8", stdio: "pipe" });
  const part = (label: string) =>
    new RegExp(`-----BEGIN ${label}-----[^]*?-----END ${label}-----\n`).exec(pem)![0];
  return { certificate: part("CERTIFICATE"), key: part("PRIVATE KEY") };
}
