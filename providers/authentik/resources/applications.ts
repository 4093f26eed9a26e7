import type * as api from "@goauthentik/api/dist/esm/index";
import { resource } from "../resource";

export const application = resource<api.ApplicationRequest, api.Application>({
  what: "application",
  name: "name",
  unique: ["slug"],
  names: { protocolProvider: "provider", uuid: "pk" },
  nullable: ["protocolProvider"],
  computed: ["uuid", "metaIcon"],
  apart: ["metaIcon", "uuid"],
  values: { policyEngineMode: ["all", "any"] },
  id: ({ slug }) => slug,
  // The slug can be changed, and the id that Pulumi knows stays the old one.
  key: ({ slug }) => slug,
  create: ({ core }, applicationRequest) => core.coreApplicationsCreate({ applicationRequest }),
  read: ({ core }, slug) => core.coreApplicationsRetrieve({ slug }),
  update: ({ core }, slug, patchedApplicationRequest) =>
    core.coreApplicationsPartialUpdate({ slug, patchedApplicationRequest }),
  remove: ({ core }, slug) => core.coreApplicationsDestroy({ slug }),
  find: ({ core }, { slug }) => core.coreApplicationsList({ slug, superuserFullList: true }),
  async follow({ core }, slug, { metaIcon }, state) {
    if (typeof metaIcon !== "string" || metaIcon === "" || metaIcon === state.metaIcon) return;
    await core.coreApplicationsSetIconUrlCreate({ slug, filePathRequest: { url: metaIcon } });
  },
});

export const policyBinding = resource<api.PolicyBindingRequest, api.PolicyBinding>({
  what: "policy binding",
  name: "",
  unique: ["target", "policy", "group", "user", "order"],
  duplicable: true,
  nullable: ["policy", "group", "user"],
  id: ({ pk }) => pk,
  create: ({ policies }, policyBindingRequest) =>
    policies.policiesBindingsCreate({ policyBindingRequest }),
  read: ({ policies }, policyBindingUuid) =>
    policies.policiesBindingsRetrieve({ policyBindingUuid }),
  update: ({ policies }, policyBindingUuid, patchedPolicyBindingRequest) =>
    policies.policiesBindingsPartialUpdate({ policyBindingUuid, patchedPolicyBindingRequest }),
  remove: ({ policies }, policyBindingUuid) =>
    policies.policiesBindingsDestroy({ policyBindingUuid }),
  find: ({ policies }, { target, order }) =>
    policies.policiesBindingsList({ target, order, pageSize: 500 }),
});
