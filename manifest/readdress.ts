import ipaddr from "ipaddr.js";
import { hostNumber, toAddress, toNumber } from "./resolve";
import type { Document } from "./manifestSchema";

/**
 * Moves a manifest to another network: every address inside `network_cidr` keeps its number in
 * the new one. For a laboratory on a machine where the manifest's network is already taken.
 */
export function readdress(document: Document, cidr: string): Document {
  const from = document.network.network_cidr;
  if (from === cidr) return document;
  if (ipaddr.IPv4.parseCIDR(cidr)[1] > ipaddr.IPv4.parseCIDR(from)[1]) {
    throw new Error(`Unable to move the manifest to ${cidr}: it is smaller than ${from}.`);
  }
  const base = toNumber(ipaddr.IPv4.networkAddressFromCIDR(cidr).toString());
  const inside = (ip: string) => ipaddr.IPv4.parse(ip).match(ipaddr.IPv4.parseCIDR(from));
  const move = (text: string) =>
    text.replace(/\b\d{1,3}(\.\d{1,3}){3}\b/g, (ip) =>
      ipaddr.IPv4.isValidFourPartDecimal(ip) && inside(ip)
        ? toAddress(base + hostNumber(ip, from))
        : ip,
    );
  const walk = (value: unknown): unknown => {
    if (typeof value === "string") return value === from ? cidr : move(value);
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, walk(inner)]));
  };
  return walk(document) as Document;
}
