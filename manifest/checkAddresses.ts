import ipaddr from "ipaddr.js";
import { type Entry, routePath } from "./entry";
import type { Issue } from "./issues";
import type { Document } from "./manifestSchema";
import {
  entriesOf,
  hostNumber,
  namedRoutes,
  resolveRoute,
  rolesOf,
  toAddress,
  toNumber,
} from "./resolve";

export function checkNetwork({ network, ...document }: Document): Issue[] {
  const cidr = network.network_cidr;
  const whole = `${ipaddr.IPv4.networkAddressFromCIDR(cidr).toString()}/${cidr.split("/")[1]}`;
  if (whole !== cidr) {
    const message = `${cidr} names a host. The network that it is in is ${whole}.`;
    return [{ path: ["network", "network_cidr"], message }];
  }
  const dns = entriesOf({ network, ...document }).find(
    ({ name, entry }) => entry.enable && rolesOf(name, entry).includes("dns"),
  );
  return [
    ...(["gateway", "dns_server"] as const).flatMap((key) => {
      const address = network[key];
      if (address === undefined) return [];
      if (!isInside(address, cidr)) {
        return [{ path: ["network", key], message: outside(address, cidr) }];
      }
      const what = reservedFor(address, cidr);
      if (!what) return [];
      return [{ path: ["network", key], message: `${address} is ${what}. Use a host's.` }];
    }),
    ...network.dns_forwarders.flatMap((address, i) => {
      if (address !== dns?.entry.ip) return [];
      const message = `${address} is ${dns.name} itself, which cannot ask itself. Remove it.`;
      return [{ path: ["network", "dns_forwarders", i], message }];
    }),
  ];
}

/** What an address of a network is for, if not for a host. */
function reservedFor(address: string, cidr: string): string | undefined {
  const number = hostNumber(address, cidr);
  const last = 2 ** (32 - ipaddr.IPv4.parseCIDR(cidr)[1]) - 1;
  if (number !== 0 && number !== last) return undefined;
  return number === 0 ? "the network's own" : "the broadcast address";
}

export function isInside(address: string, cidr: string): boolean {
  return ipaddr.IPv4.parse(address).match(ipaddr.IPv4.parseCIDR(cidr));
}

function outside(address: string, cidr: string): string {
  return `${address} is outside of network.network_cidr, ${cidr}. Use an address inside of it.`;
}

export function checkAddress({ network }: Document, { entry, path }: Entry): Issue[] {
  const cidr = network.network_cidr;
  const at = [...path, "ip"];
  if (!isInside(entry.ip, cidr)) return [{ path: at, message: outside(entry.ip, cidr) }];
  if (entry.ip === network.gateway) {
    return [{ path: at, message: `${entry.ip} is the gateway's. ${suggestAddress(network)}` }];
  }
  const what = reservedFor(entry.ip, cidr);
  if (what) return [{ path: at, message: `${entry.ip} is ${what}. ${suggestAddress(network)}` }];
  return [];
}

function suggestAddress({ network_cidr: cidr, gateway }: Document["network"]): string {
  const first = toNumber(ipaddr.IPv4.networkAddressFromCIDR(cidr).toString()) + 10;
  const free = toAddress(first) === gateway ? toAddress(first + 1) : toAddress(first);
  return `Use another one inside of ${cidr}${isInside(free, cidr) ? `, such as ${free}` : ""}.`;
}

/** Hosts and TLS routes lie below the one domain that the internal CA may certify. */
export function checkDomains(document: Document, { name, entry, path }: Entry): Issue[] {
  const below = `.${document.network.domain}`;
  const issues: Issue[] = [];
  if (entry.hostname !== undefined && !entry.hostname.endsWith(below)) {
    const message = `${entry.hostname} is not below ${document.network.domain}. Use a name that is.`;
    issues.push({ path: [...path, "hostname"], message });
  }
  for (const [key, route] of namedRoutes(entry)) {
    const at = routePath(path, key);
    const { domain, tls, upstream } = resolveRoute(document, name, entry, key, route);
    if (tls && !domain.endsWith(below)) {
      const message =
        `${domain} is not below ${document.network.domain}, for which alone the internal CA may ` +
        "sign. Use a name that is, or set tls = false.";
      issues.push({ path: [...at, "domain"], message });
    }
    if (route.upstream === undefined && entry.ports.length === 0) {
      const message = "leads to no port. Add ports to the service, or upstream here.";
      issues.push({ path: at, message });
    }
    if (upstream.split(":")[0] !== entry.ip) {
      const message = `${upstream} is not on this service's host. Use ${entry.ip} and a port.`;
      issues.push({ path: [...at, "upstream"], message });
    }
  }
  return issues;
}
