import { join } from "node:path";
import ipaddr from "ipaddr.js";
import { grantedPorts, opensFor, visitorsOf } from "../../../manifest/graph/access";
import { databaseServers } from "../../../manifest/graph/uses";
import { selfOpened } from "../../../manifest/hostPorts";
import { loadManifest } from "../../../manifest/load";
import { tcpPorts } from "../../../manifest/resolve/tcpPorts";
import type { Manifest, PortSpec, ServiceSpec } from "../../../manifest/resolve/spec";
import { protocols } from "../../../manifest/schema/ports";

/** What each host may reach on each other one, as `tcp/22`, sorted; by source, family and target. */
export type Reach = Readonly<
  Record<string, Readonly<Record<Family, Readonly<Record<string, readonly string[]>>>>>
>;
export type Family = "IPv4" | "IPv6";

/** The address that a neighbour on the same link has over IPv6, where the homelab has none. */
const linkLocal = "fe80::1";

/** The edges that a manifest implies between its hosts. */
export function reachOf(project: string): Reach {
  const { manifest } = loadManifest(join(project, "manifest", "nixmox.toml"));
  const from = (source: ServiceSpec, family: Family) =>
    Object.fromEntries(
      manifest.services
        .filter((target) => target !== source)
        .filter((target) => family === "IPv4" || target.network === source.network)
        .map((target) => [target.name, edges(manifest, source, target, family)]),
    );
  return Object.fromEntries(
    manifest.services.map((source) => [
      source.name,
      { IPv4: from(source, "IPv4"), IPv6: from(source, "IPv6") },
    ]),
  );
}

function edges(
  manifest: Manifest,
  source: ServiceSpec,
  target: ServiceSpec,
  family: Family,
): string[] {
  const address = family === "IPv4" ? source.ip : linkLocal;
  const among = (networks: readonly string[]) => networks.some((each) => covers(each, address));
  const own = selfOpened(target.modules).flatMap(({ port, protocol, answers }) =>
    answers.startsWith("everyone") || among(manifest.network.dns_clients)
      ? [`${protocol}/${port}`]
      : [],
  );
  const opened = family === "IPv4" && opensFor(manifest, source).includes(target);
  const asks = family === "IPv4" && databaseServers(source).includes(target.name);
  const visits = visitorsOf(manifest, target).filter((visitor) => among([visitor.address]));
  const outposts = target.sign_on?.outposts.radius;
  return [
    ...new Set([
      ...(among(manifest.network.ssh_from) ? ["tcp/22"] : []),
      ...own,
      // HTTP/3 comes with HTTP.
      ...(own.includes("tcp/443") ? ["udp/443"] : []),
      ...(opened ? grantedPorts(target).flatMap(names) : []),
      ...(asks ? [`tcp/${tcpPorts(target.ports)[0]}`] : []),
      ...visits.flatMap(({ protocol, ports }) =>
        ports.flatMap((each) => names({ protocol, ...range(each) })),
      ),
      ...(outposts && among(outposts.client_networks) ? ["udp/1812"] : []),
    ]),
  ].sort();
}

function names({ first, last, protocol }: Pick<PortSpec, "first" | "last" | "protocol">): string[] {
  return Array.from({ length: last - first + 1 }, (_, i) => `${protocol}/${first + i}`);
}

/** A port or a range, as firewalls write them. */
function range(ports: number | string): { first: number; last: number } {
  const [first = 0, last = first] = String(ports).split("-").map(Number);
  return { first, last };
}

function covers(network: string, address: string): boolean {
  const one = ipaddr.parse(address);
  const [base, bits] = network.includes("/")
    ? ipaddr.parseCIDR(network)
    : ([ipaddr.parse(network), 128] as const);
  if (base.kind() !== one.kind()) return false;
  const all = one.kind() === "ipv4" ? 32 : 128;
  return one.match([base, Math.min(bits, all)] as never);
}

/** Every port that something may reach, each as `tcp/22`. */
export function portsOf(reach: Reach): string[] {
  const all = Object.values(reach).flatMap((each) => Object.values(each));
  return [...new Set(all.flatMap((targets) => Object.values(targets).flat()))];
}

/** Ports of both protocols, as numbers. */
export function bothProtocols(ports: readonly string[]): string[] {
  const numbers = new Set(ports.map((each) => each.split("/")[1]!));
  return [...numbers].flatMap((port) => protocols.map((protocol) => `${protocol}/${port}`));
}
