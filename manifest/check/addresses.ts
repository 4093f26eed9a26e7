import ipaddr from "ipaddr.js";
import type { Issue } from "../issue";
import { hostNumber, isInside, prefixOf, sizeOf } from "../resolve/addresses";
import type { ServiceSpec } from "../resolve/spec";
import { type CheckContext, pathOf } from "./context";

/** The network's own addresses. */
export function checkNetwork({ manifest, isWritten }: CheckContext): Issue[] {
  const { network_cidr: cidr, dns_forwarders: forwarders, ...network } = manifest.network;
  if (cidr === undefined) return [];
  const whole = wholeNetwork(cidr);
  if (whole !== cidr) {
    const message = `${cidr} names a host. The network that it is in is ${whole}.`;
    return [{ code: "not-a-network", path: ["network", "network_cidr"], message }];
  }
  const resolver = manifest.services.find(({ provides }) => provides.includes("dns"));
  return [
    ...(["gateway", "dns_server"] as const).flatMap((key): Issue[] => {
      const address = network[key];
      const path = ["network", key];
      if (address === undefined || !isWritten(path)) return [];
      if (!isInside(address, cidr)) return [outside(address, cidr, path)];
      const what = reservedFor(address, cidr);
      if (what === undefined) return [];
      const message = `${address} is ${what}. Use a host's.`;
      return [{ code: "reserved-address", path, message }];
    }),
    ...forwarders.flatMap((address, i): Issue[] => {
      if (resolver === undefined || address !== resolver.ip) return [];
      const message = `${address} is ${resolver.name} itself, which cannot ask itself. Remove it.`;
      return [{ code: "asks-itself", path: ["network", "dns_forwarders", i], message }];
    }),
  ];
}

/** A service's address is inside of the network, and nobody else's by its nature. */
export function checkAddress(
  { manifest, suggestions }: CheckContext,
  service: ServiceSpec<undefined>,
): Issue[] {
  const { network_cidr: cidr, gateway, dns_server: resolver } = manifest.network;
  const { ip, name, provides } = service;
  const path = [...pathOf(service), "ip"];
  if (ip === undefined || cidr === undefined || wholeNetwork(cidr) !== cidr) return [];
  if (!isInside(ip, cidr)) return [outside(ip, cidr, path)];
  const reserved = ip === gateway ? "the gateway's" : reservedFor(ip, cidr);
  if (reserved !== undefined) {
    const message = `${ip} is ${reserved}. ${suggestions.address()}`;
    return [{ code: "reserved-address", path, message }];
  }
  if (ip === resolver && !provides.includes("dns")) {
    const message = `${ip} is network.dns_server, but ${name} does not provide dns. ${suggestions.address()}`;
    return [{ code: "taken", path, message }];
  }
  return [];
}

function wholeNetwork(cidr: string): string {
  return `${ipaddr.IPv4.networkAddressFromCIDR(cidr).toString()}/${prefixOf(cidr)}`;
}

/** What an address of a network is for, if not for a host. */
function reservedFor(address: string, cidr: string): string | undefined {
  const number = hostNumber(address, cidr);
  if (number === 0) return "the network's own";
  return number === sizeOf(cidr) - 1 ? "the broadcast address" : undefined;
}

function outside(address: string, cidr: string, path: Issue["path"]): Issue {
  const message = `${address} is outside of network.network_cidr, ${cidr}. Use an address inside of it.`;
  return { code: "outside-network", path, message };
}
