import ipaddr from "ipaddr.js";
import { defaultNetwork } from "../schema/networks";
import { hostNumber, isInside, prefixOf, reverseZones } from "./addresses";
import type { FaultyManifest } from "./context";
import type { NodeSpec, SubnetSpec } from "./placementSpec";
import type { NetworkSpec } from "./spec";

/** The tables that a service's network is looked up in. */
interface Networks<Gap> {
  readonly network: NetworkSpec<Gap>;
  readonly networks: Readonly<Record<string, SubnetSpec<Gap>>>;
}

export function resolveNetworks(
  { networks = {} }: FaultyManifest,
  { dns_server: resolver }: NetworkSpec<undefined>,
): Record<string, SubnetSpec<undefined>> {
  return Object.fromEntries(
    Object.entries(networks).map(([name, network]): [string, SubnetSpec<undefined>] => {
      const { cidr, gateway, dns, vlan_tag, bridge, mtu, firewall } = network ?? {};
      const zones = cidr === undefined ? [] : reverseZones(cidr);
      return [
        name,
        {
          name,
          cidr,
          gateway,
          dns: dns ?? (resolver === undefined ? [] : [resolver]),
          vlan_tag,
          bridge,
          mtu,
          firewall,
          reverse_zones: zones,
        },
      ];
    }),
  );
}

export function resolveNodes({ nodes = {} }: FaultyManifest): Record<string, NodeSpec> {
  return Object.fromEntries(Object.entries(nodes).map(([name, node]) => [name, node ?? {}]));
}

/** All networks of a manifest, the default one first. */
export function subnetsOf<Gap>({ network, networks }: Networks<Gap>): SubnetSpec<Gap>[] {
  const { network_cidr: cidr, gateway, vlan_tag, bridge, mtu, firewall, reverse_zones } = network;
  const dns = network.dns_server === undefined ? [] : [network.dns_server as string];
  const first = { cidr, gateway, dns, vlan_tag, bridge, mtu, firewall, reverse_zones };
  return [{ name: defaultNetwork, ...first }, ...Object.values(networks)];
}

/** The network that a service is in; nothing if there is none of that name. */
export function subnetOf<Gap>(
  manifest: Networks<Gap>,
  { network = defaultNetwork }: { readonly network?: string | undefined },
): SubnetSpec<Gap> | undefined {
  return subnetsOf(manifest).find(({ name }) => name === network);
}

/** What a network is called in the manifest, and the key of its addresses. */
export function placeOf({ name }: { readonly name: string }): { table: string; cidr: string } {
  return name === defaultNetwork
    ? { table: "network", cidr: "network.network_cidr" }
    : { table: `networks.${name}`, cidr: `networks.${name}.cidr` };
}

/**
 * The id of a container that names none. In networks that begin alike, as 192.168.20.0/24 and
 * 192.168.30.0/24 do, equal host numbers have different ids: 27109 and 37109.
 */
export function deriveVmid(
  vmidBase: number,
  { name, cidr }: SubnetSpec<undefined>,
  ip: string | undefined,
): number | undefined {
  if (ip === undefined || cidr === undefined || !isInside(ip, cidr)) return undefined;
  const [, second = 0, third = 0] = ipaddr.IPv4.networkAddressFromCIDR(cidr).toByteArray();
  const more = prefixOf(cidr) > 16 ? 1000 * third : 100_000 * second;
  return vmidBase + (name === defaultNetwork ? 0 : more) + hostNumber(ip, cidr);
}
