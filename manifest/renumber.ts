import ipaddr from "ipaddr.js";
import { isTable, valueAt } from "./issue";
import { hostNumber, isInside, prefixOf, toAddress, toNumber } from "./resolve/addresses";
import { defaultNetwork } from "./schema/networks";

/** A network of the manifest, and the one whose addresses its hosts get instead. */
interface Move {
  readonly from: string;
  readonly to: string;
}

/**
 * Moves networks of a manifest: every address inside one of them keeps its number in the new one. For
 * a lab on a machine where the manifest's networks are already in use.
 *
 * @param cidrs the new networks by name; the default one is `default`
 */
export function renumber(data: unknown, cidrs: Readonly<Record<string, string>>): unknown {
  const moves = Object.entries(cidrs).flatMap(([name, to]) => moveOf(data, name, to));
  if (moves.length === 0) return data;
  const moved = (ip: string) => {
    const move = moves.find(({ from }) => isInside(ip, from));
    if (move === undefined) return ip;
    const base = toNumber(ipaddr.IPv4.networkAddressFromCIDR(move.to).toString());
    return toAddress(base + hostNumber(ip, move.from));
  };
  const move = (text: string) =>
    text.replace(/\b\d{1,3}(\.\d{1,3}){3}\b/g, (ip) =>
      ipaddr.IPv4.isValidFourPartDecimal(ip) ? moved(ip) : ip,
    );
  const walk = (value: unknown): unknown => {
    if (typeof value === "string") {
      return moves.find(({ from }) => value === from)?.to ?? move(value);
    }
    if (Array.isArray(value)) return value.map(walk);
    if (!isTable(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, walk(inner)]));
  };
  return walk(data);
}

function moveOf(data: unknown, name: string, to: string): Move[] {
  const path = name === defaultNetwork ? ["network", "network_cidr"] : ["networks", name, "cidr"];
  const from = valueAt(data, path);
  if (typeof from !== "string" || !ipaddr.IPv4.isValidCIDR(from) || from === to) return [];
  if (prefixOf(to) > prefixOf(from)) {
    throw new Error(
      `Unable to move the manifest to ${to}: it is smaller than ${from}. Name a larger network.`,
    );
  }
  return [{ from, to }];
}
