import { reverseZones } from "./addresses";
import type { FaultyManifest } from "./context";
import type { NetworkSpec } from "./spec";

export function resolveNetwork(
  network: FaultyManifest["network"],
  resolver: string | undefined,
): NetworkSpec<undefined> {
  const cidr = network?.network_cidr;
  return {
    domain: network?.domain,
    network_cidr: cidr,
    gateway: network?.gateway,
    dns_server: network?.dns_server ?? resolver ?? network?.gateway,
    dns_forwarders: network?.dns_forwarders ?? [],
    vlan_tag: network?.vlan_tag,
    ssh_from: network?.ssh_from ?? [],
    ssh_keys: [...new Set(network?.ssh_keys ?? [])],
    reverse_zones: cidr === undefined ? [] : reverseZones(cidr),
  };
}

/** What resolves names outside the homelab: the forwarders, or the router if there are none. */
export function foreignResolvers<Gap>(network: NetworkSpec<Gap>): readonly (string | Gap)[] {
  return network.dns_forwarders.length > 0 ? network.dns_forwarders : [network.gateway];
}
