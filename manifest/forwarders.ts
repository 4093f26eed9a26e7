import ipaddr from "ipaddr.js";
import { type Issue, isTable, type Move, type Path, shorten } from "./issue";

const form =
  'an address such as "9.9.9.9", with a port as in "192.168.1.1@5335", or with a TLS name as in "9.9.9.9@853#dns.quad9.net"';

/** The short form of a resolver to ask, as Unbound has it: `ADDRESS[@PORT][#TLS-NAME]`. */
export function parseForwarder(
  text: string,
): { address: string; port?: number; tls_name?: string } | undefined {
  const [, address = "", port, tls_name] =
    /^([^@#]+)(?:@(\d{1,5}))?(?:#([^@#]+))?$/.exec(text) ?? [];
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) && !ipaddr.IPv6.isValid(address)) {
    return undefined;
  }
  return {
    address,
    ...(port !== undefined && { port: Number(port) }),
    ...(tls_name !== undefined && { tls_name }),
  };
}

/** Resolvers that are written as text, alone or as the `address` of a table, as tables. */
export function normalizeForwarders(
  list: unknown,
  at: Path,
  moves: Move[],
  issues: Issue[],
): unknown {
  if (!Array.isArray(list)) return list;
  return (list as unknown[]).map((each, i) => {
    const place = [...at, i];
    const [text, from, others] = isTable(each)
      ? [each.address, [...place, "address"], each]
      : [each, place, {}];
    if (typeof text !== "string") return each;
    const parsed = parseForwarder(text);
    if (parsed === undefined) {
      const message = `must be ${form}, not ${shorten(JSON.stringify(text))}.`;
      issues.push({ code: "wrong-format", path: from, message });
      return each;
    }
    for (const key of Object.keys(parsed)) {
      if (key !== "address" && Object.hasOwn(others, key)) {
        const message = `${text} says it already. Remove one of them.`;
        issues.push({ code: "written-twice", path: [...place, key], message, related: [from] });
      }
      moves.push({ to: [...place, key], from });
    }
    return { ...others, ...parsed };
  });
}

/** What other programs call a key, or what it could be expected to be called. */
const otherNames: Readonly<Record<string, string>> = {
  dns_zones: "forward",
  conditional_forwarders: "forward",
  dns_records: "records",
  dns_allow: "dns_clients",
  dnssec: "dns_forwarders",
};

/** Keys of `network` that are known by another name. */
export function renamedKeys(network: unknown): Issue[] {
  if (!isTable(network)) return [];
  return Object.keys(network).flatMap((key): Issue[] => {
    if (!Object.hasOwn(otherNames, key)) return [];
    const message =
      key === "dnssec"
        ? 'unknown key. Say it of the resolver: dns_forwarders = [{ address = "...", dnssec = false }].'
        : `unknown key. Did you mean "${otherNames[key]}"?`;
    return [{ code: "unknown-key", path: ["network", key], message }];
  });
}
