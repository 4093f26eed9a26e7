import { subnetOf } from "../manifest/resolve/networks";
import type { Manifest, ServiceSpec } from "../manifest/resolve/spec";
import { ownValue } from "../manifest/tables";
import type { WantedGuest } from "./proxmox/conflicts";
import type { Settings } from "../settings";

/** Where a service's container is put on Proxmox VE. */
export interface Placement {
  readonly node: string;
  readonly bridge: string;
  readonly vlan: number | undefined;
  /** Storage of its root disk. */
  readonly datastore: string;
}

/** What the stack's configuration says for services that the manifest places nowhere. */
export type Fallbacks = Pick<Settings, "node"> & {
  readonly container: Pick<Settings["container"], "bridge" | "datastore">;
};

/** Where a service's container is put, as the preflight compares it with Proxmox VE. */
export function guestPlacement(
  manifest: Manifest,
  spec: ServiceSpec,
  settings: Fallbacks,
): Pick<WantedGuest, "node" | "bridge" | "vlan" | "datastores" | "cidr"> {
  const { datastore, ...placement } = placementOf(manifest, spec, settings);
  const volumes = Object.values(spec.volumes).map((volume) => volume.datastore ?? datastore);
  const { cidr } = subnetOf(manifest, spec)!;
  return { ...placement, datastores: [...new Set([datastore, ...volumes])], cidr };
}

/** The closest word counts: the service's own, its network's, its node's, or else the stack's. */
export function placementOf(
  manifest: Pick<Manifest, "network" | "networks" | "nodes">,
  spec: Pick<ServiceSpec, "node" | "network" | "bridge" | "datastore">,
  settings: Fallbacks,
): Placement {
  const node = spec.node ?? settings.node;
  const ofNode = ownValue(manifest.nodes, node);
  const { bridge, vlan_tag: vlan } = subnetOf(manifest, spec)!;
  return {
    node,
    bridge: spec.bridge ?? bridge ?? ofNode?.bridge ?? settings.container.bridge,
    vlan,
    datastore: spec.datastore ?? ofNode?.datastore ?? settings.container.datastore,
  };
}
