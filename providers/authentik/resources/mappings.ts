import type * as api from "@goauthentik/api/dist/esm/index";
import { resource } from "../resource";

export const propertyMappingProviderScope = resource<api.ScopeMappingRequest, api.ScopeMapping>({
  what: "scope mapping",
  name: "name",
  unique: ["name"],
  id: ({ pk }) => pk,
  create: ({ mappings }, scopeMappingRequest) =>
    mappings.propertymappingsProviderScopeCreate({ scopeMappingRequest }),
  read: ({ mappings }, pmUuid) => mappings.propertymappingsProviderScopeRetrieve({ pmUuid }),
  update: ({ mappings }, pmUuid, patchedScopeMappingRequest) =>
    mappings.propertymappingsProviderScopePartialUpdate({ pmUuid, patchedScopeMappingRequest }),
  remove: ({ mappings }, pmUuid) => mappings.propertymappingsProviderScopeDestroy({ pmUuid }),
  find: ({ mappings }, { name }) => mappings.propertymappingsProviderScopeList({ name }),
});

export const propertyMappingProviderRadius = resource<
  api.RadiusProviderPropertyMappingRequest,
  api.RadiusProviderPropertyMapping
>({
  what: "RADIUS mapping",
  name: "name",
  unique: ["name"],
  id: ({ pk }) => pk,
  create: ({ mappings }, radiusProviderPropertyMappingRequest) =>
    mappings.propertymappingsProviderRadiusCreate({ radiusProviderPropertyMappingRequest }),
  read: ({ mappings }, pmUuid) => mappings.propertymappingsProviderRadiusRetrieve({ pmUuid }),
  update: ({ mappings }, pmUuid, patchedRadiusProviderPropertyMappingRequest) =>
    mappings.propertymappingsProviderRadiusPartialUpdate({
      pmUuid,
      patchedRadiusProviderPropertyMappingRequest,
    }),
  remove: ({ mappings }, pmUuid) => mappings.propertymappingsProviderRadiusDestroy({ pmUuid }),
  find: ({ mappings }, { name }) => mappings.propertymappingsProviderRadiusList({ name }),
});
