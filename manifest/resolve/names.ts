import ipaddr from "ipaddr.js";

/**
 * A name of the manifest in full, without a dot at the end. A single label, or one below labels such as
 * `_sip` or `*`, is below the domain; a name of more labels is full already.
 */
export function fullName(name: string, domain: string): string {
  if (name === "@") return domain;
  if (name.endsWith(".")) return name.slice(0, -1);
  if (isAtOrBelow(name, domain)) return name;
  const labels = name.split(".").filter((label) => label !== "*" && !label.startsWith("_"));
  return labels.length > 1 ? name : `${name}.${domain}`;
}

export function isAtOrBelow(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}

/** The name under which an address's PTR record is. */
export function reverseName(address: string): string {
  const ip = ipaddr.parse(address);
  if (ip.kind() === "ipv4") return [...ip.toByteArray().reverse(), "in-addr.arpa"].join(".");
  const nibbles = ip.toByteArray().flatMap((byte) => [byte >> 4, byte & 15]);
  return [...nibbles.map((each) => each.toString(16)).reverse(), "ip6.arpa"].join(".");
}

/** The name whose subdomains a wildcard stands for: `apps.home.lan` for `*.apps.home.lan`. */
export function wildcardBase(name: string): string | undefined {
  return name.startsWith("*.") ? name.slice(2) : undefined;
}

/** Domains that the public DNS does not have and, by agreement, will not get. */
const privateDomains = [
  ...["lan", "home", "internal", "home.arpa", "corp", "mail", "intranet", "private"],
  ...["localdomain", "domain", "test", "invalid", "alt"],
];

/** Whether the public DNS knows nothing below a domain. */
export function isUnknownOutside(domain: string): boolean {
  return privateDomains.some((each) => isAtOrBelow(domain, each));
}

/** Domains that mean something else to the programs that ask, and why. */
const reservedDomains: ReadonlyArray<readonly [domain: string, why: string]> = [
  ["local", "computers look such names up by multicast (mDNS) and never ask a resolver"],
  ["localhost", "every computer takes such a name for itself"],
  ["onion", "such names belong to Tor, and programs never ask a resolver for them"],
  ["in-addr.arpa", "it has the names of addresses"],
  ["ip6.arpa", "it has the names of addresses"],
];

/** Why a domain cannot be a homelab's; undefined if it can. */
export function reasonAgainst(domain: string): string | undefined {
  return reservedDomains.find(([each]) => isAtOrBelow(domain, each))?.[1];
}
