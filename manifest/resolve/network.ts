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
    bridge: network?.bridge,
    mtu: network?.mtu,
    firewall: network?.firewall,
    ssh_from: network?.ssh_from ?? [],
    ssh_keys: [...new Set(network?.ssh_keys ?? [])],
    reverse_zones: cidr === undefined ? [] : reverseZones(cidr),
  };
}

/** What resolves names outside the homelab: the forwarders, or the router of a host's own network if there are none. */
export function foreignResolvers<Gap>(
  { dns_forwarders: forwarders }: NetworkSpec<Gap>,
  { gateway }: { readonly gateway: string | Gap },
): readonly (string | Gap)[] {
  return forwarders.length > 0 ? forwarders : [gateway];
}
