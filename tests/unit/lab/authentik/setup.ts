import type { JsonObject } from "../../../../lab/authentik/model";
import type { StandIn } from "./standIn";
import { textOf } from "../../../../lab/authentik/json";

export const CALLBACK = "https://client.home.example/callback";

/** What providers need of a new Authentik. */
export async function defaults(standIn: StandIn) {
  const flow = async (slug: string) => (await standIn.one(`/flows/instances/?slug=${slug}`)).pk;
  const scope = async (name: string) => {
    const managed = encodeURIComponent(`goauthentik.io/providers/oauth2/scope-${name}`);
    return (await standIn.one(`/propertymappings/provider/scope/?managed=${managed}`)).pk;
  };
  const query = new URLSearchParams({ name: "authentik Self-signed Certificate" });
  return {
    authorization_flow: await flow("default-provider-authorization-implicit-consent"),
    invalidation_flow: await flow("default-invalidation-flow"),
    scopes: await Promise.all(["openid", "email", "profile", "offline_access"].map(scope)),
    signing_key: (await standIn.one(`/crypto/certificatekeypairs/?${query}`)).pk,
  };
}

/** A user with a password, who is in a group of their own name's first letter. */
export async function person(standIn: StandIn, username: string, groups: JsonObject[] = []) {
  const user = await standIn.create("/core/users/", {
    username,
    name: `${username} Example`,
    email: `${username}@home.example`,
    groups: groups.map(({ pk }) => pk),
  });
  const path = `/core/users/${textOf(user.pk)}/set_password/`;
  const { status } = await standIn.api("POST", path, { password: `password of ${username}` });
  if (status !== 204) throw new Error(`set_password: ${status}`);
  return user;
}

/** An application with an OAuth2 provider, for members of some groups. */
export async function openIdClient(
  standIn: StandIn,
  slug: string,
  own: JsonObject = {},
  groups: JsonObject[] = [],
) {
  const { scopes, signing_key, ...flows } = await defaults(standIn);
  const provider = await standIn.create("/providers/oauth2/", {
    name: slug,
    client_id: slug,
    client_secret: `secret of ${slug}, which is long enough`,
    redirect_uris: [{ matching_mode: "strict", url: CALLBACK }],
    property_mappings: scopes,
    signing_key,
    ...flows,
    ...own,
  });
  return { provider, application: await application(standIn, slug, provider, groups) };
}

/** An application for members of some groups; of all, if none is named. */
export async function application(
  standIn: StandIn,
  slug: string,
  provider: JsonObject,
  groups: JsonObject[] = [],
) {
  const created = await standIn.create("/core/applications/", {
    name: slug,
    slug,
    provider: provider.pk,
  });
  for (const [order, group] of groups.entries()) {
    await standIn.create("/policies/bindings/", { target: created.pk, group: group.pk, order });
  }
  return created;
}
