import { randomUUID } from "node:crypto";
import type { Application, Binding, JsonObject } from "../../model";
import { ApiError, fieldError } from "../errors";
import { keysOf, over, type Resource } from "../resource";
import type { World } from "../world";
import { partialGroup, partialUser } from "./directory";
import { presentAny } from "./providers";
import { textOf } from "../../json";

/** Where an application is opened. */
export async function launchUrl(application: Application, world: World): Promise<string | null> {
  if (application.meta_launch_url) return application.meta_launch_url;
  const provider = (await world.all("provider")).find(({ pk }) => pk === application.provider);
  return provider?.kind === "proxy" ? textOf(provider.external_host) : null;
}

export const applications: Resource<"application"> = {
  kind: "application",
  path: "/core/applications/",
  label: "Application",
  lookup: ({ slug }) => slug,
  key: ({ pk }) => pk,
  unique: {
    slug: "Application with this slug already exists.",
    provider: "Application with this provider already exists.",
  },
  references: { provider: keysOf("provider"), backchannel_providers: keysOf("provider") },
  search: ["name", "slug", "meta_launch_url", "meta_description", "meta_publisher", "group"],
  create: (body) =>
    Promise.resolve(
      over<Application>(
        {
          pk: randomUUID(),
          slug: "",
          name: "",
          provider: null,
          backchannel_providers: [],
          open_in_new_tab: false,
          meta_launch_url: "",
          meta_description: "",
          meta_publisher: "",
          policy_engine_mode: "any",
          group: "",
        },
        body,
      ),
    ),
  async removing({ pk }, world) {
    await world.store.removeWhere("binding", "target", pk);
  },
  async present(application, world) {
    const providers = await world.all("provider");
    const provider = providers.find(({ pk }) => pk === application.provider);
    const back = providers.filter(({ pk }) => application.backchannel_providers.includes(pk));
    return {
      ...(application as unknown as JsonObject),
      provider_obj: provider ? await presentAny(provider, world) : null,
      backchannel_providers_obj: await Promise.all(back.map((each) => presentAny(each, world))),
      launch_url: await launchUrl(application, world),
      meta_icon: null,
    };
  },
};

/** What a binding decides about: applications, and flows. */
const targets = async (world: World) => [
  ...(await world.all("application")).map(({ pk }) => pk),
  ...(await world.all("flow")).map(({ pk }) => pk),
];

export const bindings: Resource<"binding"> = {
  kind: "binding",
  path: "/policies/bindings/",
  label: "PolicyBinding",
  lookup: ({ pk }) => pk,
  key: ({ pk }) => pk,
  references: {
    target: targets,
    group: keysOf("group"),
    user: keysOf("user"),
    policy: () => Promise.resolve([]),
  },
  search: [],
  filters: {
    target_in: (binding, value) => value.split(",").includes(binding.target),
  },
  create: (body) =>
    Promise.resolve(
      over<Binding>(
        {
          pk: randomUUID(),
          policy: null,
          group: null,
          user: null,
          target: "",
          negate: false,
          enabled: true,
          order: 0,
          timeout: 30,
          failure_result: false,
        },
        body,
      ),
    ),
  check({ policy, group, user }) {
    const given = [policy, group, user].filter((each) => each !== null).length;
    if (given > 1) {
      throw fieldError("non_field_errors", "Only one of 'policy', 'group', 'user' can be set.");
    }
    if (given === 0) {
      throw fieldError("non_field_errors", "One of 'policy', 'group' or 'user' must be set.");
    }
    return Promise.resolve();
  },
  async present(binding, world) {
    const groups = await world.all("group");
    const group = groups.find(({ pk }) => pk === binding.group);
    const user = (await world.all("user")).find(({ pk }) => pk === binding.user);
    return {
      ...(binding as unknown as JsonObject),
      policy_obj: null,
      group_obj: group ? partialGroup(group, groups) : null,
      user_obj: user ? partialUser(user) : null,
    };
  },
};

/** Refuses an object that other parts of Authentik own. */
export const refuseManaged = (managed: string | null): void => {
  if (managed?.startsWith("goauthentik.io/")) {
    throw new ApiError(400, { non_field_errors: ["Unable to delete a managed object."] });
  }
};
