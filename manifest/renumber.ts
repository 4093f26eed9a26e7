import ipaddr from "ipaddr.js";
import { valueAt } from "./issue";
import { hostNumber, isInside, prefixOf, toAddress, toNumber } from "./resolve/addresses";

/**
 * Moves a manifest to another network: every address inside `network_cidr` keeps its number in
 * the new one. For a lab on a machine where the manifest's network is already in use.
 */
export function renumber(data: unknown, cidr: string): unknown {
  const from = valueAt(data, ["network", "network_cidr"]);
  if (typeof from !== "string" || !ipaddr.IPv4.isValidCIDR(from) || from === cidr) return data;
  if (prefixOf(cidr) > prefixOf(from)) {
    throw new Error(
      `Unable to move the manifest to ${cidr}: it is smaller than ${from}. Name a larger network.`,
    );
  }
  const base = toNumber(ipaddr.IPv4.networkAddressFromCIDR(cidr).toString());
  const move = (text: string) =>
    text.replace(/\b\d{1,3}(\.\d{1,3}){3}\b/g, (ip) =>
      ipaddr.IPv4.isValidFourPartDecimal(ip) && isInside(ip, from)
        ? toAddress(base + hostNumber(ip, from))
        : ip,
    );
  const walk = (value: unknown): unknown => {
    if (typeof value === "string") return value === from ? cidr : move(value);
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== "object" || value === null || value instanceof Date) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, walk(inner)]));
  };
  return walk(data);
}
