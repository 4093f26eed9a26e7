import ipaddr from "ipaddr.js";

/** The number of an address within its network: 11 for 192.168.99.11 in 192.168.99.0/24. */
export function hostNumber(ip: string, cidr: string): number {
  return toNumber(ip) - toNumber(ipaddr.IPv4.networkAddressFromCIDR(cidr).toString());
}

/** An IPv4 address as a number. */
export function toNumber(ip: string): number {
  return ipaddr.IPv4.parse(ip)
    .toByteArray()
    .reduce((sum, byte) => sum * 256 + byte, 0);
}

/** A number as an IPv4 address. */
export function toAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join(".");
}

/** Whether an address is in a network. */
export function isInside(address: string, cidr: string): boolean {
  return ipaddr.IPv4.parse(address).match(ipaddr.IPv4.parseCIDR(cidr));
}

/** The length of a network's prefix: 24 for 192.168.99.0/24. */
export function prefixOf(cidr: string): number {
  return ipaddr.IPv4.parseCIDR(cidr)[1];
}

/** The network that an address with a prefix is in: 192.168.99.0/24 for 192.168.99.7/24. */
export function wholeNetwork(cidr: string): string {
  return `${ipaddr.IPv4.networkAddressFromCIDR(cidr).toString()}/${prefixOf(cidr)}`;
}

/** Whether an address is in both networks. */
export function overlap(a: string, b: string): boolean {
  const [[first, firstBits], [second, secondBits]] = [a, b].map((cidr) =>
    ipaddr.IPv4.parseCIDR(cidr),
  ) as [[ipaddr.IPv4, number], [ipaddr.IPv4, number]];
  return first.match(second, Math.min(firstBits, secondBits));
}

/** The network of the same size that is some steps further; nothing past the last address. */
export function blockOf(cidr: string, steps: number): string | undefined {
  const first = ipaddr.IPv4.networkAddressFromCIDR(cidr).toString();
  const next = toNumber(first) + steps * sizeOf(cidr);
  return next + sizeOf(cidr) > 2 ** 32 ? undefined : `${toAddress(next)}/${prefixOf(cidr)}`;
}

/** How many addresses a network has. */
export function sizeOf(cidr: string): number {
  return 2 ** (32 - prefixOf(cidr));
}

/**
 * The reverse zones that cover a network exactly: 99.168.192.in-addr.arpa for 192.168.99.0/24, and
 * sixteen of these for a /20.
 */
export function reverseZones(cidr: string): string[] {
  // Octets that name one zone; the last of them may take several values.
  const named = Math.max(1, Math.ceil(prefixOf(cidr) / 8));
  const zones = 2 ** (8 * named - prefixOf(cidr));
  const octets = ipaddr.IPv4.networkAddressFromCIDR(cidr).toByteArray().slice(0, named);
  const first = octets.pop()!;
  return Array.from({ length: zones }, (_, i) =>
    [...[...octets, first + i].reverse(), "in-addr.arpa"].join("."),
  );
}

/** What a host calls itself: the first label of its full name. */
export function shortName(hostname: string): string {
  return hostname.split(".")[0]!;
}
