import { reverseZones } from "./addresses";
import type { FaultyManifest } from "./context";
import { resolveDns } from "./dns";
import type { NetworkSpec } from "./spec";

export function resolveNetwork(
  { network, networks = {} }: FaultyManifest,
  resolver: string | undefined,
): NetworkSpec<undefined> {
  const cidr = network?.network_cidr;
  const own = [cidr, ...Object.values(networks).map((each) => each?.cidr)];
  return {
    domain: network?.domain,
    network_cidr: cidr,
    gateway: network?.gateway,
    dns_server: network?.dns_server ?? resolver ?? network?.gateway,
    ...resolveDns(
      network,
      own.filter((each) => each !== undefined),
    ),
    vlan_tag: network?.vlan_tag,
    bridge: network?.bridge,
    mtu: network?.mtu,
    firewall: network?.firewall,
    time_zone: network?.time_zone,
    managed_by: network?.managed_by,
    ssh_from: network?.ssh_from ?? [],
    ssh_keys: [...new Set(network?.ssh_keys ?? [])],
    reverse_zones: cidr === undefined ? [] : reverseZones(cidr),
  };
}

/**
 * What resolves names outside the homelab for hosts that cannot ask the homelab's own resolver: the
 * forwarders, as far as a host's list of resolvers can name them, or else the router of its network.
 */
export function foreignResolvers<Gap>(
  { dns_forwarders: forwarders }: NetworkSpec<Gap>,
  { gateway }: { readonly gateway: string | Gap },
): readonly (string | Gap)[] {
  const plain = forwarders
    .filter(({ port, tls_name: tls }) => port === 53 && tls === undefined)
    .map(({ address }) => address)
    // Hosts have IPv4 addresses alone.
    .filter((address) => !address.includes(":"));
  return plain.length > 0 ? plain : [gateway];
}
