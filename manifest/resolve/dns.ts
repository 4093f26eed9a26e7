import type { ForwarderInput, RecordInput, ZoneType } from "../schema/dns";
import { isPrivate, widest } from "./cidrs";
import type { FaultyManifest } from "./context";
import type { DeviceSpec, ForwarderSpec, RecordSpec } from "./dnsSpec";
import type { Path } from "../issue";
import type { Manifest } from "./spec";
import { fullName, isUnknownOutside, reverseName } from "./names";
import { mapValues } from "../tables";

type Network = FaultyManifest["network"];

/** The parts of the network's resolver, from the manifest and the homelab's own networks. */
export function resolveDns(network: Network, ownNetworks: readonly string[]) {
  const domain = network?.domain;
  return {
    dns_clients: widest([...(network?.dns_clients ?? []), ...ownNetworks]),
    dns_zone: resolveZone(network),
    dns_forwarders: (network?.dns_forwarders ?? []).map((each) => resolveForwarder(each, true)),
    forward: mapValues(network?.forward ?? {}, (list = []) => {
      // What only an inside resolver knows has no chain of signatures from the root.
      const isInside = list.some(({ address }) => isPrivate(address));
      return list.map((each) => resolveForwarder(each, !isInside));
    }),
    records:
      domain === undefined
        ? []
        : (network?.records ?? []).map((each) => resolveRecord(each, domain)),
  };
}

export function resolveDevices(document: FaultyManifest): Record<string, DeviceSpec<undefined>> {
  const domain = document.network?.domain;
  return mapValues(document.devices ?? {}, (device, key) => ({
    ip: device?.ip,
    hostname: domain === undefined ? undefined : `${key}.${domain}`,
    mac: device?.mac?.toLowerCase(),
    aliases:
      domain === undefined ? [] : (device?.aliases ?? []).map((each) => fullName(each, domain)),
  }));
}

/** The lists of resolvers to ask, by the zone that they are asked about, and where each is written. */
export function forwardersOf<Gap>({
  network: { dns_forwarders, forward },
}: Pick<Manifest<Gap>, "network">): {
  readonly zone: string;
  readonly path: Path;
  readonly list: readonly ForwarderSpec[];
}[] {
  return [
    ...(dns_forwarders.length > 0
      ? [{ zone: ".", path: ["network", "dns_forwarders"], list: dns_forwarders }]
      : []),
    ...Object.entries(forward).map(([zone, list]) => ({
      zone,
      path: ["network", "forward", zone],
      list,
    })),
  ];
}

function resolveZone(network: Network): ZoneType | undefined {
  if (network?.dns_zone !== undefined) return network.dns_zone;
  if (network?.domain === undefined) return undefined;
  return isUnknownOutside(network.domain) ? "static" : "transparent";
}

function resolveForwarder(
  { address, port, tls_name, dnssec }: ForwarderInput,
  validated: boolean,
): ForwarderSpec {
  return {
    address,
    port: port ?? (tls_name === undefined ? 53 : 853),
    ...(tls_name !== undefined && { tls_name }),
    dnssec: dnssec ?? validated,
  };
}

function resolveRecord(record: RecordInput, domain: string): RecordSpec {
  const name = record.type === "PTR" ? resolvePointer(record.name) : fullName(record.name, domain);
  return "target" in record
    ? { ...record, name, target: fullName(record.target, domain) }
    : { ...record, name };
}

function resolvePointer(name: string): string {
  return /\.arpa\.?$/.test(name) ? name.replace(/\.$/, "") : reverseName(name);
}
