import { providerOf } from "../graph/uses";
import type { Path } from "../issue";
import type { RecordSpec } from "./dnsSpec";
import { isAtOrBelow, reverseName, wildcardBase } from "./names";
import { subnetsOf } from "./networks";
import type { Manifest } from "./spec";

/** What a name belongs to. */
export type Holder = "host" | "route" | "device" | "alias" | "record";

/** A record that the homelab's resolver answers with, and the place that it follows from. */
export interface OwnRecord {
  readonly holder: Holder;
  readonly path: Path;
  readonly record: RecordSpec;
}

/** Seconds that resolvers may keep an answer: short, since a homelab's addresses change. */
export const defaultTtl = 300;

/** All records of the homelab. What is wrong or missing in the manifest has none. */
export function ownRecords<Gap>(manifest: Manifest<Gap>): OwnRecord[] {
  const proxy = providerOf(manifest, "proxy")?.ip;
  const services = manifest.services.flatMap((service): OwnRecord[] => {
    const base = [service.core ? "core_services" : "services", service.name];
    return [
      ...addressRecords("host", [...base, "hostname"], service.hostname, service.ip),
      ...Object.entries(service.interface.routes).flatMap(([key, { domain }]) =>
        addressRecords("route", [...base, "interface", "routes", key, "domain"], domain, proxy),
      ),
    ];
  });
  const routes = manifest.routes.flatMap(({ name, domain }) =>
    addressRecords("route", ["routes", name, "domain"], domain, proxy),
  );
  const devices = Object.entries(manifest.devices).flatMap(([key, device]): OwnRecord[] => {
    const { hostname, ip, aliases } = device;
    if (typeof hostname !== "string") return [];
    return [
      ...addressRecords("device", ["devices", key], hostname, ip),
      ...aliases.map((name, i): OwnRecord => {
        const record = { type: "CNAME" as const, name, target: hostname, ttl: defaultTtl };
        return { holder: "alias", path: ["devices", key, "aliases", i], record };
      }),
    ];
  });
  const written = manifest.network.records.map((record, i): OwnRecord => ({
    holder: "record",
    path: ["network", "records", i],
    record,
  }));
  return [...services, ...routes, ...devices, ...written];
}

/** A name's address, and the way back for what has an address of its own. */
function addressRecords(holder: Holder, path: Path, name: unknown, address: unknown): OwnRecord[] {
  if (typeof name !== "string" || typeof address !== "string") return [];
  const type = address.includes(":") ? "AAAA" : "A";
  const forward: OwnRecord = { holder, path, record: { type, name, address, ttl: defaultTtl } };
  if (holder === "route") return [forward];
  const back: RecordSpec = {
    type: "PTR",
    name: reverseName(address),
    target: name,
    ttl: defaultTtl,
  };
  return [forward, { holder, path, record: back }];
}

/** The records of one name, or of the wildcard that stands for it. */
export function recordsAt(records: readonly RecordSpec[], name: string): readonly RecordSpec[] {
  const exact = records.filter((each) => each.name === name);
  if (exact.length > 0) return exact;
  const wildcards = records
    .filter((each) => isAtOrBelow(name, wildcardBase(each.name) ?? "."))
    .sort((a, b) => b.name.length - a.name.length);
  return wildcards.filter((each) => each.name === wildcards[0]!.name);
}

/**
 * Records in which no alias leads to an own name. Unbound answers an alias of its own with the alias
 * alone, and what runs on people's computers does not ask again; so such an alias gets its target's
 * records instead.
 */
export function withoutAliases(
  records: readonly RecordSpec[],
  all: readonly RecordSpec[],
): RecordSpec[] {
  return records.flatMap((record) => behind(record, all, []));
}

function behind(
  record: RecordSpec,
  all: readonly RecordSpec[],
  seen: readonly string[],
): RecordSpec[] {
  if (record.type !== "CNAME" || seen.includes(record.target)) return [record];
  const found = recordsAt(all, record.target);
  if (found.length === 0) return [record];
  return found.flatMap((each) =>
    behind({ ...each, name: record.name }, all, [...seen, record.target]),
  );
}

/** How Unbound treats a name that has a zone of its own. */
export type OwnZone = "redirect" | "static" | "transparent" | "typetransparent";

/**
 * The names that need a zone of their own, and its type:
 *
 * - `redirect` answers for all names below, too: wildcards, and aliases of names that are not ours, which
 *   Unbound follows in such a zone alone;
 * - a name with addresses that the public DNS may also have is ours as a whole, or its public IPv6
 *   address would lead clients outside (`transparent`: names below it stay public);
 * - of a name outside the domain that has other records, only these are ours (`typetransparent`).
 */
export function ownZones(manifest: Manifest): ReadonlyMap<string, OwnZone> {
  const { domain, dns_zone } = manifest.network;
  const reverseZones = subnetsOf(manifest).flatMap(({ reverse_zones: zones }) => zones);
  const all = ownRecords(manifest).map(({ record }) => record);
  const records = withoutAliases(all, all);
  const redirects = records.flatMap(({ name, type }) => {
    const base = wildcardBase(name) ?? (type === "CNAME" ? name : undefined);
    return base === undefined ? [] : [base];
  });
  const zoneOf = (name: string, types: readonly string[]): OwnZone | undefined => {
    const isRedirected = redirects.some((base) => name !== base && isAtOrBelow(name, base));
    const isOwn = types.some((type) => type === "A" || type === "AAAA");
    if (isAtOrBelow(name, domain)) {
      if (dns_zone === "static") return isRedirected ? "static" : undefined;
      return isRedirected || (isOwn && name !== domain) ? "transparent" : undefined;
    }
    if (reverseZones.some((zone) => isAtOrBelow(name, zone))) return undefined;
    return isOwn || isRedirected ? "transparent" : "typetransparent";
  };
  const zones = new Map<string, OwnZone>();
  for (const { name } of records) {
    if (zones.has(name) || redirects.includes(name) || wildcardBase(name)) continue;
    const zone = zoneOf(
      name,
      records.filter((each) => each.name === name).map(({ type }) => type),
    );
    if (zone) zones.set(name, zone);
  }
  for (const base of redirects) zones.set(base, "redirect");
  return zones;
}
