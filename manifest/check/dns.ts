import ipaddr from "ipaddr.js";
import type { Issue, Path } from "../issue";
import { networkOf, prefixLength } from "../resolve/cidrs";
import { forwardersOf } from "../resolve/dns";
import { isAtOrBelow, isUnknownOutside, reasonAgainst } from "../resolve/names";
import { ownRecords } from "../resolve/ownNames";
import type { CheckContext } from "./context";

/** What the homelab's resolver answers, asks and lets in. */
export function checkResolver(context: CheckContext): Issue[] {
  return [...checkDomain(context), ...checkClients(context), ...checkForwarders(context)];
}

function checkDomain({ manifest: { network } }: CheckContext): Issue[] {
  const { domain } = network;
  const path = ["network", "domain"];
  const why = domain === undefined ? undefined : reasonAgainst(domain);
  if (why === undefined) return [];
  const message = `${domain} cannot be a homelab's domain: ${why}. Use another one, such as "home.arpa" or "nixmox.lan".`;
  return [{ code: "reserved-name", path, message }];
}

function checkClients({ written }: CheckContext): Issue[] {
  const path: Path = ["network", "dns_clients"];
  const cidrs = (written(path) ?? []) as readonly string[];
  return cidrs.flatMap((cidr, i): Issue[] => {
    const network = networkOf(cidr);
    if (ipaddr.parseCIDR(network).toString() === ipaddr.parseCIDR(cidr).toString()) return [];
    const message = `${cidr} is the address of a host. Use its network, ${network}.`;
    return [{ code: "not-a-network", path: [...path, i], message }];
  });
}

function checkForwarders({ manifest }: CheckContext): Issue[] {
  const { domain, dns_zone } = manifest.network;
  const resolver = manifest.services.find(({ provides }) => provides.includes("dns"));
  return forwardersOf(manifest).flatMap(({ zone, path, list }) => {
    const issues = list.flatMap(({ address }, i): Issue[] => {
      const at = [...path, i];
      if (address === resolver?.ip) {
        const message = `${address} is ${resolver.name} itself, which cannot forward to itself. Remove it.`;
        return [{ code: "asks-itself", path: at, message }];
      }
      const range = ipaddr.parse(address).range();
      if (!["loopback", "unspecified", "multicast", "broadcast"].includes(range)) return [];
      const message = `${address} is no other host's address (${range}), so nothing answers there. Use a resolver's.`;
      return [{ code: "unreachable", path: at, message }];
    });
    const plain = list.findIndex(({ tls_name: tls }) => tls === undefined);
    if (plain >= 0 && list.some(({ tls_name: tls }) => tls !== undefined)) {
      const message =
        `${list[plain]!.address} would be asked in plain text, and others of the list over TLS, but a resolver asks all of ` +
        "them in one way. Add a #TLS-NAME to each, or to none.";
      issues.push({ code: "mixed-tls", path: [...path, plain], message });
    }
    if (zone === domain && dns_zone === "static") {
      const message = `names below ${domain} that are not in the manifest do not exist (network.dns_zone = "static"). Remove it, or set dns_zone = "transparent".`;
      issues.push({ code: "no-effect", path, message });
    }
    return issues;
  });
}

/** What is allowed, and may not be what is wanted. */
export function resolverWarnings({ manifest, place }: CheckContext): string[] {
  const { network } = manifest;
  const { domain, dns_clients, dns_zone } = network;
  const lists = forwardersOf(manifest);
  return [
    ...dns_clients
      .filter((cidr) => prefixLength(cidr) === 0)
      .map(
        (cidr) =>
          `network.dns_clients has ${cidr}: the whole internet may ask the DNS service, if it can reach it, and use it for attacks on others. Name networks.`,
      ),
    ...(dns_zone === "static" && domain !== undefined && !isUnknownOutside(domain)
      ? [
          `network.dns_zone is "static": names below ${domain} that the public DNS has, such as its mail servers, do not exist for the homelab.`,
        ]
      : []),
    ...lists.flatMap(({ path, list }) =>
      list.every(({ address }) => address.includes(":"))
        ? [
            `${place(path)} has IPv6 addresses alone, and hosts have none of their own: names resolve only if the network gives them one.`,
          ]
        : [],
    ),
    ...lists
      .filter(({ list }) => list.some((each) => each.dnssec) && list.some((each) => !each.dnssec))
      .map(
        ({ path }) =>
          `${place(path)} has a resolver with dnssec = false, so no answer of that list is validated.`,
      ),
    ...(dns_zone === "transparent" && hasOwnApex(manifest)
      ? [
          `${domain} itself leads to the homelab, and what the public DNS has there stays visible: an IPv6 address there would lead clients outside.`,
        ]
      : []),
    ...network.records
      .filter(({ type, name }) => type !== "PTR" && domain && !isAtOrBelow(name, domain))
      .map(
        ({ name }) =>
          `network.records has ${name}, which is not below ${domain}: the homelab no longer sees what the public DNS has there.`,
      ),
  ];
}

/** Whether the domain itself has an address of ours. */
function hasOwnApex(manifest: CheckContext["manifest"]): boolean {
  return ownRecords(manifest).some(
    ({ record: { name, type } }) => name === manifest.network.domain && type === "A",
  );
}
