import { secret } from "../schema/secrets";
import type { Auth } from "../schema/manifest";
import type { Faulty } from "../schema/parse";
import type { Context, PlacedService } from "./context";
import { secretPath } from "./paths";
import { isGuarded } from "./routes";
import { guardOf, issuerOf } from "./signOn";
import type { GuardSpec, OidcClientSpec, RouteSpec, SignInSpec } from "./spec";

type Routes = Readonly<Record<string, RouteSpec<undefined>>>;

/** Where a service's users sign in, and what of it guards which routes. */
export interface SignIns {
  readonly signIns: Readonly<Record<string, SignInSpec<undefined>>>;
  readonly guards: Readonly<Record<string, GuardSpec<undefined>>>;
}

/** The identity provider itself has none: who would sign in there before it is up? */
export function resolveSignIns(context: Context, each: PlacedService, routes: Routes): SignIns {
  if (context.provider("sso") === each) return { signIns: {}, guards: {} };
  const signIns: Record<string, SignInSpec<undefined>> = {};
  for (const client of clientsOf(each, routes)) {
    const key = freeKey(client.key, `${client.key}-route`, signIns);
    signIns[key] = resolveClient(context, each, routes, { ...client, key });
  }
  const guards: Record<string, GuardSpec<undefined>> = {};
  for (const { key: wanted, auth, guarded } of sitesOf(each, routes)) {
    const beside = wanted === "default" ? "guard" : `${wanted}-guard`;
    const key = freeKey(wanted, beside, signIns);
    signIns[key] = resolveGuard(each, routes, { key, auth, guarded });
    for (const route of guarded) {
      const guard = guardFor(context, key, auth?.groups ?? []);
      if (guard) guards[route] = { ...guard, public_paths: routes[route]!.public_paths };
    }
  }
  return { signIns, guards };
}

interface Wanted {
  readonly key: string;
  readonly auth: Faulty<Auth>;
}

/** The clients that a service is: one for itself, and one for each route with a sign-in of its own. */
function clientsOf({ entry }: PlacedService, routes: Routes): Wanted[] {
  const hasOwn = (key: string) => entry.interface?.routes?.[key]?.auth !== undefined;
  const auth = entry.interface?.auth;
  const keys = Object.keys(routes);
  const isUsed = keys.length === 0 || !keys.every(hasOwn);
  return [
    ...(isUsed ? [{ key: "default", auth }] : []),
    ...keys.filter(hasOwn).map((key) => ({ key, auth: routes[key]!.auth })),
  ].filter((each) => each.auth?.type === "oidc" && each.auth.oidc !== undefined);
}

/** The guarded routes by domain: the provider tells applications that the proxy guards by these. */
function sitesOf({ entry }: PlacedService, routes: Routes): (Wanted & { guarded: string[] })[] {
  const sites = new Map<string | undefined, Wanted & { guarded: string[] }>();
  let isInherited: boolean = false;
  for (const [route, spec] of Object.entries(routes).filter(([, each]) => isGuarded(each))) {
    const site = sites.get(spec.domain);
    if (site) {
      site.guarded.push(route);
      continue;
    }
    const isOwn: boolean = entry.interface?.routes?.[route]?.auth !== undefined || isInherited;
    isInherited ||= !isOwn;
    sites.set(spec.domain, {
      key: isOwn ? route : "default",
      auth: spec.auth,
      guarded: [route],
    });
  }
  return [...sites.values()];
}

/** The first of some keys that is not taken yet. */
function freeKey(wanted: string, other: string, taken: Readonly<Record<string, unknown>>): string {
  const isFree = (key: string) => !Object.hasOwn(taken, key);
  if (isFree(wanted)) return wanted;
  let key = other;
  for (let number = 2; !isFree(key); number++) key = `${other}-${number}`;
  return key;
}

function resolveClient(
  { signOn }: Context,
  each: PlacedService,
  routes: Routes,
  { key, auth }: Wanted,
): SignInSpec<undefined> {
  const oidc = auth!.oidc!;
  const slug = slugOf(each, key);
  const own = (route: string) => each.entry.interface?.routes?.[route]?.auth !== undefined;
  const shown = Object.keys(routes).find((route) =>
    key === "default" ? !own(route) : route === key,
  );
  const name = oidc.client_type === "public" ? undefined : clientSecret(key);
  const client: OidcClientSpec<undefined> = {
    client_id: oidc.client_id ?? slug,
    client_type: oidc.client_type,
    redirect_uris: oidc.redirect_uris ?? [],
    scopes: oidc.scopes ?? [],
    username_claim: oidc.username_claim,
    groups_claim: oidc.groups_claim,
    admin_group: oidc.admin_group,
    issuer: signOn && issuerOf(signOn.spec, slug),
    ...(name !== undefined && { secret: name, secret_file: secretPath(name) }),
  };
  return {
    kind: "oidc",
    slug,
    label: labelOf(each, key),
    url:
      (shown === undefined ? undefined : routes[shown]?.url) ??
      originOf(client.redirect_uris) ??
      signOn?.spec.url,
    groups: auth!.groups ?? [],
    client,
    routes: [],
  };
}

function resolveGuard(
  each: PlacedService,
  routes: Routes,
  { key, auth, guarded }: Wanted & { readonly guarded: readonly string[] },
): SignInSpec<undefined> {
  const [main] = [...guarded].sort(
    (a, b) => (routes[a]!.path?.length ?? 0) - (routes[b]!.path?.length ?? 0),
  );
  return {
    kind: "forward_auth",
    slug: slugOf(each, key),
    label: labelOf(each, key),
    url: routes[main!]!.url,
    groups: auth?.groups ?? [],
    routes: guarded,
  };
}

function guardFor({ signOn }: Context, key: string, groups: readonly string[]) {
  return signOn && { sign_in: key, ...guardOf(signOn.spec, signOn, groups) };
}

function slugOf({ name }: PlacedService, key: string): string {
  return key === "default" ? name : `${name}-${key}`;
}

function labelOf({ name }: PlacedService, key: string): string {
  const words = (text: string) =>
    (text.charAt(0).toUpperCase() + text.slice(1)).replaceAll("-", " ");
  return key === "default" ? words(name) : `${words(name)}: ${words(key)}`;
}

/** The site that the first redirect leads back to; none if it leads to an app. */
function originOf(uris: readonly string[]): string | undefined {
  const [uri] = uris.filter((each) => /^https?:/i.test(each) && URL.canParse(each));
  return uri === undefined ? undefined : `${new URL(uri).origin}/`;
}

/** The name of a client's secret among its service's secrets. */
function clientSecret(key: string): string {
  return key === "default" ? "client-secret" : `client-secret-${key}`;
}

/** How the secrets of a service's clients are generated, if it does not say so itself. */
export function clientSecretsOf({ signIns }: SignIns) {
  const names = Object.values(signIns).flatMap(({ client }) => client?.secret ?? []);
  return Object.fromEntries(names.map((name) => [name, secret.parse({})]));
}
