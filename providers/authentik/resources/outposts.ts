import type * as api from "@goauthentik/api/dist/esm/index";
import { resource } from "../resource";

export const outpost = resource<api.OutpostRequest, api.Outpost>({
  what: "outpost",
  name: "name",
  unique: ["name"],
  names: { protocolProviders: "providers" },
  nullable: ["serviceConnection"],
  computed: ["config"],
  json: ["config"],
  values: { type: ["proxy", "ldap", "radius", "rac"] },
  id: ({ pk }) => pk,
  defaults: async ({ outposts }) => {
    const { config } = await outposts.outpostsInstancesDefaultSettingsRetrieve();
    return { config };
  },
  create: ({ outposts }, outpostRequest) => outposts.outpostsInstancesCreate({ outpostRequest }),
  read: ({ outposts }, uuid) => outposts.outpostsInstancesRetrieve({ uuid }),
  update: ({ outposts }, uuid, patchedOutpostRequest) =>
    outposts.outpostsInstancesPartialUpdate({ uuid, patchedOutpostRequest }),
  remove: ({ outposts }, uuid) => outposts.outpostsInstancesDestroy({ uuid }),
  find: ({ outposts }, { name }) => outposts.outpostsInstancesList({ nameIexact: name }),
});

export const serviceConnectionDocker = resource<
  api.DockerServiceConnectionRequest,
  api.DockerServiceConnection
>({
  what: "Docker integration",
  name: "name",
  unique: ["name"],
  nullable: ["tlsAuthentication", "tlsVerification"],
  id: ({ pk }) => pk,
  create: ({ outposts }, dockerServiceConnectionRequest) =>
    outposts.outpostsServiceConnectionsDockerCreate({ dockerServiceConnectionRequest }),
  read: ({ outposts }, uuid) => outposts.outpostsServiceConnectionsDockerRetrieve({ uuid }),
  update: ({ outposts }, uuid, patchedDockerServiceConnectionRequest) =>
    outposts.outpostsServiceConnectionsDockerPartialUpdate({
      uuid,
      patchedDockerServiceConnectionRequest,
    }),
  remove: ({ outposts }, uuid) => outposts.outpostsServiceConnectionsDockerDestroy({ uuid }),
  find: ({ outposts }, { name }) => outposts.outpostsServiceConnectionsDockerList({ name }),
});

export const serviceConnectionKubernetes = resource<
  api.KubernetesServiceConnectionRequest,
  api.KubernetesServiceConnection
>({
  what: "Kubernetes integration",
  name: "name",
  unique: ["name"],
  json: ["kubeconfig"],
  id: ({ pk }) => pk,
  create: ({ outposts }, kubernetesServiceConnectionRequest) =>
    outposts.outpostsServiceConnectionsKubernetesCreate({ kubernetesServiceConnectionRequest }),
  read: ({ outposts }, uuid) => outposts.outpostsServiceConnectionsKubernetesRetrieve({ uuid }),
  update: ({ outposts }, uuid, patchedKubernetesServiceConnectionRequest) =>
    outposts.outpostsServiceConnectionsKubernetesPartialUpdate({
      uuid,
      patchedKubernetesServiceConnectionRequest,
    }),
  remove: ({ outposts }, uuid) => outposts.outpostsServiceConnectionsKubernetesDestroy({ uuid }),
  find: ({ outposts }, { name }) => outposts.outpostsServiceConnectionsKubernetesList({ name }),
});
