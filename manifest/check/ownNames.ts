import { didYouMean } from "../didYouMean";
import type { Issue, Path } from "../issue";
import { isWithin } from "../resolve/cidrs";
import { subnetsOf } from "../resolve/networks";
import { isAtOrBelow, wildcardBase } from "../resolve/names";
import { type OwnRecord, ownRecords, recordsAt } from "../resolve/ownNames";
import type { RecordSpec } from "../resolve/spec";
import { reservedFor } from "./addresses";
import { Claims } from "./claims";
import type { CheckContext } from "./context";

/** Devices and records: each name has one meaning, and each address one owner. */
export function checkOwnNames(context: CheckContext): Issue[] {
  const records = ownRecords(context.manifest);
  const conflicts = checkNames(context, records);
  return [
    ...checkDevices(context),
    ...conflicts,
    ...checkWildcards(context, records),
    ...checkLoops(records),
    ...checkTargets(context, records),
  ];
}

/** Services' own conflicts are reported elsewhere. */
function isNew({ holder }: OwnRecord): boolean {
  return holder !== "host" && holder !== "route";
}

function checkDevices({ manifest, place, suggestions }: CheckContext): Issue[] {
  const claims = new Claims(place);
  for (const { ip, core, name } of manifest.services) {
    if (ip !== undefined)
      claims.claim(`address ${ip}`, [core ? "core_services" : "services", name, "ip"], "");
  }
  return Object.entries(manifest.devices).flatMap(([key, { ip, mac }]): Issue[] => {
    const at = (...keys: string[]): Path => ["devices", key, ...keys];
    const subnet = subnetsOf(manifest).find(
      ({ cidr }) => ip !== undefined && cidr !== undefined && isWithin(ip, cidr),
    );
    const reserved = subnet && reservedFor(ip!, subnet.cidr!);
    const advice = () => (subnet ? suggestions.address(subnet) : "Use another one.");
    return [
      ...(ip === undefined ? [] : claims.claim(`address ${ip}`, at("ip"), advice)),
      ...(reserved === undefined
        ? []
        : [
            {
              code: "reserved-address" as const,
              path: at("ip"),
              message: `${ip} is ${reserved}. ${advice()}`,
            },
          ]),
      ...(mac === undefined
        ? []
        : claims.claim(`hardware address ${mac}`, at("mac"), "Each device has its own.")),
    ];
  });
}

/** A name that belongs to something has no other addresses, and an alias has nothing else. */
function checkNames({ place }: CheckContext, records: readonly OwnRecord[]): Issue[] {
  return records.flatMap((each, i): Issue[] => {
    const { record, path, holder } = each;
    // An address with two owners is reported as such.
    if (!isNew(each) || (record.type === "PTR" && holder !== "record")) return [];
    const others = records.filter(
      (other, j) => (isNew(other) ? j < i : true) && other.record.name === record.name,
    );
    // A service that is found wrong elsewhere comes first in any case.
    const alias = others.find((other) => isAlias(other.record) || isAlias(record));
    const same = others.find((other) => clashes(each, other));
    const first = same ?? alias;
    if (first === undefined || first.path === path) return [];
    const what = record.type === "PTR" ? `the name of ${record.name}` : record.name;
    const owner = place(first.path);
    if (alias !== undefined && alias === first && first.holder === "record") {
      const message = `${what} has other records by ${owner}, and a name with a CNAME has no others. Remove one, or use another name.`;
      return [{ code: "beside-alias", path: at(each), message }];
    }
    const message = `${what} is already taken by ${owner}. Use another name.`;
    return [{ code: "taken", path: at(each), message }];
  });
}

function at({ holder, path }: OwnRecord): Path {
  return holder === "record" ? [...path, "name"] : path;
}

function isAlias({ type }: RecordSpec): boolean {
  return type === "CNAME";
}

/** Whether two records of one name cannot both be meant. */
function clashes(one: OwnRecord, other: OwnRecord): boolean {
  if (isAlias(one.record) || isAlias(other.record)) return isHeld(one) || isHeld(other);
  if (one.record.type !== other.record.type) return isHeld(one) && isHeld(other);
  if (isHeld(one) || isHeld(other)) return true;
  return JSON.stringify({ ...one.record, ttl: 0 }) === JSON.stringify({ ...other.record, ttl: 0 });
}

/** Whether the name belongs to a service or a device. */
function isHeld({ holder }: OwnRecord): boolean {
  return holder !== "record";
}

/** Unbound gives the name itself what it gives all names below. */
function checkWildcards({ place }: CheckContext, records: readonly OwnRecord[]): Issue[] {
  const data = ({ type, ttl: _, name: __, ...rest }: RecordSpec) => JSON.stringify([type, rest]);
  return records.flatMap((each): Issue[] => {
    const base = wildcardBase(each.record.name);
    if (base === undefined) return [];
    const other = records.find(
      ({ record }) =>
        record.name === base &&
        (record.type === each.record.type || isAlias(record) || isAlias(each.record)) &&
        data(record) !== data(each.record),
    );
    if (other === undefined) return [];
    const message =
      `${each.record.name} also gives ${base} itself its data, which has other data by ${place(other.path)}. ` +
      "Give both the same, or use another name.";
    return [{ code: "taken", path: at(each), message }];
  });
}

function checkLoops(records: readonly OwnRecord[]): Issue[] {
  const all = records.map(({ record }) => record);
  return records.flatMap((each): Issue[] => {
    if (each.holder !== "record" || each.record.type !== "CNAME") return [];
    const chain = [each.record.name];
    let next: RecordSpec | undefined = each.record;
    while (next?.type === "CNAME" && !chain.slice(1).includes(next.target)) {
      chain.push(next.target);
      next = recordsAt(all, next.target)[0];
    }
    if (chain.length < 2 || chain.at(-1) !== chain[0]) return [];
    const message = `aliases lead to each other: ${chain.join(" -> ")}. Let one of them lead elsewhere.`;
    return [{ code: "cycle", path: [...each.path, "target"], message }];
  });
}

/** A name that the homelab alone could know must be one of its names. */
function checkTargets({ manifest }: CheckContext, records: readonly OwnRecord[]): Issue[] {
  const { domain, dns_zone, forward } = manifest.network;
  const all = records.map(({ record }) => record);
  return records.flatMap(({ holder, path, record }): Issue[] => {
    if (holder !== "record" || !("target" in record) || domain === undefined) return [];
    const { target, type } = record;
    const found = recordsAt(all, target);
    const at = [...path, "target"];
    if ((type === "MX" || type === "SRV") && found.some(isAlias)) {
      const message = `${target} is an alias, and ${type} records must not lead to one. Name what it leads to.`;
      return [{ code: "beside-alias", path: at, message }];
    }
    if (found.length > 0 || dns_zone !== "static" || !isAtOrBelow(target, domain)) return [];
    if (Object.keys(forward).some((zone) => isAtOrBelow(target, zone))) return [];
    const names = [...new Set(all.map(({ name }) => name))];
    const message = `the homelab has no name ${target}, and no one else knows names below ${domain}. Add it.${didYouMean(target, names)}`;
    return [{ code: "unknown-name", path: at, message }];
  });
}
