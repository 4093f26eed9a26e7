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
    const message = `${cidr} is the address of a host. Use its network, ${whole}.`;
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
      const message = `${address} is ${what}. Use a host's address.`;
      return [{ code: "reserved-address", path, message }];
    }),
    ...forwarders.flatMap((address, i): Issue[] => {
      if (resolver === undefined || address !== resolver.ip) return [];
      const message = `${address} is ${resolver.name} itself, which cannot forward to itself. Remove it.`;
      return [{ code: "asks-itself", path: ["network", "dns_forwarders", i], message }];
    }),
  ];
}

/** A service's address is inside the network and not reserved for something else. */
export function checkAddress(
  { manifest, suggestions }: CheckContext,
  service: ServiceSpec<undefined>,
): Issue[] {
  const { network_cidr: cidr, gateway, dns_server: resolver } = manifest.network;
  const { ip, name, provides } = service;
  const path = [...pathOf(service), "ip"];
  if (ip === undefined || cidr === undefined || wholeNetwork(cidr) !== cidr) return [];
  if (!isInside(ip, cidr)) return [outside(ip, cidr, path)];
  const reserved = ip === gateway ? "the gateway's address" : reservedFor(ip, cidr);
  if (reserved !== undefined) {
    const message = `${ip} is ${reserved}. ${suggestions.address()}`;
    return [{ code: "reserved-address", path, message }];
  }
  if (ip === resolver && !provides.includes("dns")) {
    const message = `${ip} is network.dns_server, but ${name} does not have the role "dns". ${suggestions.address()}`;
    return [{ code: "taken", path, message }];
  }
  return [];
}

function wholeNetwork(cidr: string): string {
  return `${ipaddr.IPv4.networkAddressFromCIDR(cidr).toString()}/${prefixOf(cidr)}`;
}

/** What an address in a network is reserved for, if anything. */
function reservedFor(address: string, cidr: string): string | undefined {
  const number = hostNumber(address, cidr);
  if (number === 0) return "the network's own address";
  return number === sizeOf(cidr) - 1 ? "the broadcast address" : undefined;
}

function outside(address: string, cidr: string, path: Issue["path"]): Issue {
  const message = `${address} is outside network.network_cidr, ${cidr}. Use an address inside it.`;
  return { code: "outside-network", path, message };
}
