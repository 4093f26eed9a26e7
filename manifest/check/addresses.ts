import type { Issue } from "../issue";
import { hostNumber, isInside, sizeOf, wholeNetwork } from "../resolve/addresses";
import { placeOf, subnetOf, subnetsOf } from "../resolve/networks";
import type { SubnetSpec } from "../resolve/placementSpec";
import type { ServiceSpec } from "../resolve/spec";
import { defaultNetwork } from "../schema/networks";
import { type CheckContext, pathOf } from "./context";

/** The network's own addresses. */
export function checkNetwork({ manifest, isWritten }: CheckContext): Issue[] {
  const { network_cidr: cidr, ...network } = manifest.network;
  if (cidr === undefined) return [];
  const whole = wholeNetwork(cidr);
  if (whole !== cidr) {
    const message = `${cidr} is the address of a host. Use its network, ${whole}.`;
    return [{ code: "not-a-network", path: ["network", "network_cidr"], message }];
  }
  return (["gateway", "dns_server"] as const).flatMap((key): Issue[] => {
    const address = network[key];
    const path = ["network", key];
    if (address === undefined || !isWritten(path)) return [];
    const subnets = subnetsOf(manifest);
    // The homelab's resolver may be in any of its networks.
    const own = key === "gateway" ? subnets[0] : subnetAt(subnets, address);
    if (!own || !isInside(address, own.cidr!)) return [outside(address, subnets[0]!, path)];
    const what = reservedFor(address, own.cidr!);
    if (what === undefined) return [];
    const message = `${address} is ${what}. Use a host's address.`;
    return [{ code: "reserved-address", path, message }];
  });
}

/** A service's address is inside the network and not reserved for something else. */
export function checkAddress(
  { manifest, suggestions }: CheckContext,
  service: ServiceSpec<undefined>,
): Issue[] {
  const { dns_server: resolver } = manifest.network;
  const subnet = subnetOf(manifest, service);
  const { cidr, gateway } = subnet ?? {};
  const { ip, name, provides } = service;
  const path = [...pathOf(service), "ip"];
  if (!subnet || ip === undefined || cidr === undefined || wholeNetwork(cidr) !== cidr) return [];
  if (!isInside(ip, cidr)) return [outside(ip, subnet, path, otherNetwork(manifest, subnet, ip))];
  const reserved = ip === gateway ? "the gateway's address" : reservedFor(ip, cidr);
  if (reserved !== undefined) {
    const message = `${ip} is ${reserved}. ${suggestions.address(subnet)}`;
    return [{ code: "reserved-address", path, message }];
  }
  if (ip === resolver && !provides.includes("dns")) {
    const message = `${ip} is network.dns_server, but ${name} does not have the role "dns". ${suggestions.address(subnet)}`;
    return [{ code: "taken", path, message }];
  }
  return [];
}

/** The network that has an address. */
function subnetAt(subnets: readonly SubnetSpec<undefined>[], address: string) {
  return subnets.find(({ cidr }) => cidr !== undefined && isInside(address, cidr));
}

/** Advice for a service whose address is in another network than its own. */
function otherNetwork(
  manifest: CheckContext["manifest"],
  own: SubnetSpec<undefined>,
  ip: string,
): string {
  const other = subnetAt(subnetsOf(manifest), ip);
  if (other === undefined) {
    return "Use an address inside it, or add the network that it is in as [networks.NAME].";
  }
  const change =
    other.name === defaultNetwork
      ? `It is in the default network. Remove network = "${own.name}"`
      : `It is in ${placeOf(other).table}. Write network = "${other.name}"`;
  return `${change}, or use an address inside ${own.cidr}.`;
}

/** What an address in a network is reserved for, if anything. */
export function reservedFor(address: string, cidr: string): string | undefined {
  const number = hostNumber(address, cidr);
  if (number === 0) return "the network's own address";
  return number === sizeOf(cidr) - 1 ? "the broadcast address" : undefined;
}

export function outside(
  address: string,
  subnet: SubnetSpec<undefined>,
  path: Issue["path"],
  advice = "Use an address inside it.",
): Issue {
  const message = `${address} is outside ${placeOf(subnet).cidr}, ${subnet.cidr}. ${advice}`;
  return { code: "outside-network", path, message };
}
