import ipaddr from "ipaddr.js";

/** Whether an address or a network, of either kind, is inside a network. */
export function isWithin(inner: string, cidr: string): boolean {
  const [address, length] = parse(inner);
  const [network, prefix] = parse(cidr);
  return address.kind() === network.kind() && length >= prefix && address.match([network, prefix]);
}

/** Networks without those that are inside another one of them, in the same order. */
export function widest(cidrs: readonly string[]): string[] {
  const distinct = [...new Set(cidrs)];
  return distinct.filter(
    (each) => !distinct.some((other) => other !== each && isWithin(each, other)),
  );
}

/** The network that an address with a prefix is in: 10.8.0.0/24 for 10.8.0.1/24. */
export function networkOf(cidr: string): string {
  const network = cidr.includes(":")
    ? ipaddr.IPv6.networkAddressFromCIDR(cidr)
    : ipaddr.IPv4.networkAddressFromCIDR(cidr);
  return `${network.toString()}/${prefixLength(cidr)}`;
}

export function prefixLength(cidr: string): number {
  return ipaddr.parseCIDR(cidr)[1];
}

/** Whether an address is one that the internet does not route. */
export function isPrivate(address: string): boolean {
  return ["private", "uniqueLocal", "carrierGradeNat", "linkLocal"].includes(
    ipaddr.parse(address).range(),
  );
}

function parse(text: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  if (text.includes("/")) return ipaddr.parseCIDR(text);
  const address = ipaddr.parse(text);
  return [address, address.kind() === "ipv4" ? 32 : 128];
}
