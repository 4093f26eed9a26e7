import { LabError } from "./errors";
import { tableOf } from "./network";
import { run } from "./run";

/** What a container may send through one of its interfaces. */
export interface FilteredPort {
  /** The machine's end of the interface. */
  readonly link: string;
  /** The interface's own MAC address, in lower case. */
  readonly mac: string;
  /** Whether it may send from that MAC address alone. */
  readonly macFilter: boolean;
  /** Whether it may send from its own IP addresses alone. */
  readonly ipFilter: boolean;
  /** Whether it may ask for an address by DHCP, whatever else is filtered. */
  readonly dhcp: boolean;
  /** Whether it may say that it is a router. */
  readonly routerAdvertisements: boolean;
  /** The addresses that its configuration gives it. */
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
}

/** The link-local address that the kernel derives from a MAC address. */
function linkLocal(mac: string): string {
  const bytes = mac.split(":").map((byte) => parseInt(byte, 16));
  const id = [bytes[0]! ^ 2, bytes[1]!, bytes[2]!, 0xff, 0xfe, ...bytes.slice(3)];
  const hex = id.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `fe80::${hex.match(/.{4}/g)!.join(":")}`;
}

const setOf = (items: readonly string[]) => `{ ${items.join(", ")} }`;

/**
 * The rules of one port: what Proxmox's iptables, ebtables and ipsets let through, in one chain.
 * What is allowed is named and the rest dropped, so that no odd form of a packet passes.
 */
function rulesOf(port: FilteredPort): string[] {
  const { mac, ipv4, ipv6 } = port;
  // A bridge passes on frames with a tag for VLAN 0, and the receiver takes them for untagged ones.
  const types = ["ether type != { ip, ip6, arp } drop"];
  const dhcp = [
    "udp sport 68 udp dport 67 accept",
    "ip6 saddr fe80::/10 udp sport 546 udp dport 547 accept",
  ];
  const arp = "arp htype 1 arp ptype ip arp hlen 6 arp plen 4 arp saddr ip";
  const addresses = [
    // As on Proxmox, who has no fixed address may ask for and answer to any.
    ipv4.length > 0 ? `${arp} ${setOf(ipv4)} accept` : "ether type arp accept",
    ...(ipv4.length > 0 ? [`ip saddr ${setOf(ipv4)} accept`] : []),
    `ip6 saddr ${setOf([linkLocal(mac), ...ipv6])} accept`,
    "drop",
  ];
  return [
    ...(port.macFilter || port.ipFilter ? types : []),
    ...(port.dhcp ? dhcp : []),
    ...(port.macFilter ? [`ether saddr != ${mac} drop`] : []),
    ...(port.routerAdvertisements ? [] : ["icmpv6 type nd-router-advert drop"]),
    ...(port.ipFilter ? addresses : []),
  ];
}

/** The whole table of a bridge, in place of the one that is there. */
function portRules(bridge: string, ports: readonly FilteredPort[]): string {
  const table = `bridge ${tableOf(bridge)}`;
  const chain = (port: FilteredPort) => `port-${port.link}`;
  const chains = ports.map(
    (port) =>
      `  chain ${chain(port)} {\n${rulesOf(port)
        .map((rule) => `    ${rule}\n`)
        .join("")}  }\n`,
  );
  const targets = ports.map((port) => `"${port.link}" : jump ${chain(port)}`);
  const dispatch = targets.length > 0 ? `    iifname vmap ${setOf(targets)}\n` : "";
  return (
    `table ${table}\ndelete table ${table}\ntable ${table} {\n${chains.join("")}` +
    `  chain prerouting {\n    type filter hook prerouting priority -300;\n${dispatch}  }\n}\n`
  );
}

/** Lets only these ports' own traffic into a bridge; other ports are not filtered. */
export async function filterPorts(bridge: string, ports: readonly FilteredPort[]): Promise<void> {
  await run("nft", ["-f", "-"], { input: portRules(bridge, ports) }).catch((error: Error) => {
    throw new LabError(
      `Unable to filter what containers send to the bridge ${bridge}: ${error.message}. ` +
        "Check that the kernel has nftables for bridges (CONFIG_NF_TABLES_BRIDGE).",
    );
  });
}
