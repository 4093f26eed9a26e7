import { outpostProviderAttachment } from "../attachment";
import type { Resource } from "../resource";
import { application, policyBinding } from "./applications";
import { group, token, user } from "./directory";
import { propertyMappingProviderRadius, propertyMappingProviderScope } from "./mappings";
import { outpost, serviceConnectionDocker, serviceConnectionKubernetes } from "./outposts";
import { providerLdap, providerOauth2, providerProxy, providerRadius } from "./providers";

/** The table: every kind of object by its token. */
export const RESOURCES: Readonly<Record<string, Resource>> = {
  "authentik:index/application:Application": application,
  "authentik:index/group:Group": group,
  "authentik:index/outpost:Outpost": outpost,
  "authentik:index/outpostProviderAttachment:OutpostProviderAttachment": outpostProviderAttachment,
  "authentik:index/policyBinding:PolicyBinding": policyBinding,
  "authentik:index/propertyMappingProviderRadius:PropertyMappingProviderRadius":
    propertyMappingProviderRadius,
  "authentik:index/propertyMappingProviderScope:PropertyMappingProviderScope":
    propertyMappingProviderScope,
  "authentik:index/providerLdap:ProviderLdap": providerLdap,
  "authentik:index/providerOauth2:ProviderOauth2": providerOauth2,
  "authentik:index/providerProxy:ProviderProxy": providerProxy,
  "authentik:index/providerRadius:ProviderRadius": providerRadius,
  "authentik:index/serviceConnectionDocker:ServiceConnectionDocker": serviceConnectionDocker,
  "authentik:index/serviceConnectionKubernetes:ServiceConnectionKubernetes":
    serviceConnectionKubernetes,
  "authentik:index/token:Token": token,
  "authentik:index/user:User": user,
};
