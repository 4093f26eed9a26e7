import { didYouMean } from "../didYouMean";
import type { Issue, Path } from "../issue";
import { blockOf, isInside, overlap, prefixOf, wholeNetwork } from "../resolve/addresses";
import { placeOf, subnetOf, subnetsOf } from "../resolve/networks";
import type { SubnetSpec } from "../resolve/placementSpec";
import type { ServiceSpec } from "../resolve/spec";
import { defaultNetwork } from "../schema/networks";
import { outside, reservedFor } from "./addresses";
import { type CheckContext, pathOf } from "./context";

/** The networks beside the default one: their addresses, among themselves and within each. */
export function checkNetworks(context: CheckContext): Issue[] {
  const { manifest } = context;
  return Object.values(manifest.networks).flatMap((subnet) => {
    const path = ["networks", subnet.name];
    if (subnet.name === defaultNetwork) {
      const message = "[network] is the default network. Give this one another name.";
      return [{ code: "reserved-name", path, message }];
    }
    const { cidr } = subnet;
    if (cidr === undefined) return [];
    const whole = wholeNetwork(cidr);
    if (whole !== cidr) {
      const message = `${cidr} is the address of a host. Use its network, ${whole}.`;
      return [{ code: "not-a-network", path: [...path, "cidr"], message }];
    }
    return [
      ...checkOverlap(context, subnet, [...path, "cidr"]),
      ...checkGateway(subnet, [...path, "gateway"]),
      ...checkResolvers(context, subnet, [...path, "dns"]),
    ];
  });
}

/** No address belongs to two networks; only those that come first in the file are compared. */
function checkOverlap(
  { manifest }: CheckContext,
  { name, cidr }: SubnetSpec<undefined>,
  path: Path,
): Issue[] {
  const all = subnetsOf(manifest);
  const earlier = all.slice(
    0,
    all.findIndex((each) => each.name === name),
  );
  const other = earlier.find((each) => each.cidr !== undefined && overlap(each.cidr, cidr!));
  if (other === undefined) return [];
  const taken = all.filter((each) => each.name !== name).map((each) => each.cidr);
  const free = freeBlock(cidr!, taken);
  const such = free === undefined ? "" : `, such as ${free}`;
  const message = `${cidr} overlaps ${placeOf(other).cidr}, ${other.cidr}. Use addresses of its own${such}.`;
  return [{ code: "overlapping-networks", path, message }];
}

/** The next network of the same size that none of the others overlaps. */
function freeBlock(cidr: string, taken: readonly (string | undefined)[]): string | undefined {
  for (let i = 1; i < 256; i++) {
    const next = blockOf(cidr, i);
    if (next === undefined) return undefined;
    if (!taken.some((each) => each !== undefined && overlap(each, next))) return next;
  }
  return undefined;
}

function checkGateway(subnet: SubnetSpec<undefined>, path: Path): Issue[] {
  const { cidr, gateway } = subnet;
  if (gateway === undefined) return [];
  if (!isInside(gateway, cidr!)) {
    return [outside(gateway, subnet, path, "Use the address that the router has in it.")];
  }
  const what = reservedFor(gateway, cidr!);
  if (what === undefined) return [];
  return [
    { code: "reserved-address", path, message: `${gateway} is ${what}. Use a host's address.` },
  ];
}

/** What is asked for names must be a resolver, as far as the manifest knows. */
function checkResolvers(
  { manifest, isWritten }: CheckContext,
  { dns }: SubnetSpec<undefined>,
  path: Path,
): Issue[] {
  if (!isWritten(path)) return [];
  return dns.flatMap((address, i): Issue[] => {
    const service = manifest.services.find(({ ip }) => ip === address);
    if (service === undefined || service.provides.includes("dns")) return [];
    const message = `${address} is ${service.name}, which does not have the role "dns". Name a resolver.`;
    return [{ code: "taken", path: [...path, i], message }];
  });
}

/** A service is in a network that there is. */
export function checkServiceNetwork(
  { manifest, isFaulty }: CheckContext,
  service: ServiceSpec<undefined>,
): Issue[] {
  const { network } = service;
  const path = [...pathOf(service), "network"];
  if (network === undefined || isFaulty(path)) return [];
  if (network === defaultNetwork) {
    const message = "the default network is [network]. Remove this key.";
    return [{ code: "reserved-name", path, message }];
  }
  if (subnetOf(manifest, service) !== undefined) return [];
  const known = Object.keys(manifest.networks);
  const hint = didYouMean(network, known);
  const list = known.length > 0 ? `; there are ${known.join(", ")}` : "";
  const message = `there is no [networks.${network}]${list}.${hint || ` Add it, or remove this key.`}`;
  return [{ code: "unknown-network", path, message }];
}

/**
 * A network so wide that it looks like several real ones: each of its hosts would get the one
 * gateway, bridge and VLAN, and look for its neighbours where they are not.
 */
export function warnOfWideNetworks({ manifest }: CheckContext): string[] {
  return subnetsOf(manifest).flatMap((subnet) => {
    const { cidr, gateway } = subnet;
    if (cidr === undefined || gateway === undefined || prefixOf(cidr) >= 24) return [];
    const blocks = new Set(
      manifest.services
        .filter((service) => subnetOf(manifest, service)?.name === subnet.name)
        .map(({ ip }) => `${ip!.replace(/\.\d+$/, ".0")}/24`),
    );
    const own = `${gateway.replace(/\.\d+$/, ".0")}/24`;
    if (blocks.size < 2 || !blocks.has(own)) return [];
    const others = [...blocks].filter((block) => block !== own).sort();
    return [
      `${placeOf(subnet).cidr} is ${cidr}, so services in ${others.join(", ")} get the same bridge, VLAN and gateway ` +
        `(${gateway}) as those in ${own}. If these are networks of their own, write each as [networks.NAME].`,
    ];
  });
}

/** Networks between which there is no router, although there should be. */
export function warnOfSharedNetworks({ manifest }: CheckContext): string[] {
  const all = subnetsOf(manifest);
  const link = ({ bridge, vlan_tag }: SubnetSpec<undefined>) => `${bridge} ${vlan_tag}`;
  return all.flatMap((subnet, i) => {
    const other = all.slice(0, i).find((each) => link(each) === link(subnet));
    if (other === undefined) return [];
    return [
      `${placeOf(subnet).table} and ${placeOf(other).table} have the same bridge and VLAN, so nothing keeps their hosts apart. ` +
        "Set vlan_tag or bridge in one of them.",
    ];
  });
}
