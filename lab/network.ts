import { existsSync, readFileSync, writeFileSync } from "node:fs";
import ipaddr from "ipaddr.js";
import { LabError } from "./errors";
import { parseRoutes } from "./ipJson";
import { CommandError, run } from "./run";

/** A lab's network; the gateway is its first address, on the machine's side of the bridge. */
export interface Network {
  readonly cidr: string;
  readonly gateway: string;
}

/** Where containers are attached to a network: a bridge as Proxmox calls it, and a VLAN. */
export interface Attachment {
  readonly bridge: string;
  readonly tag?: number | undefined;
}

/** A network of a lab. The machine is its router. */
export interface LabNetwork extends Network {
  readonly name: string;
  /** What was asked for, if another one was free. */
  readonly wanted: string;
  /** The machine's bridge that it is on. */
  readonly link: string;
  readonly at: readonly Attachment[];
}

type Range = [ipaddr.IPv4, number];

/** Reads a network such as 192.168.99.0/24. */
export function parseNetwork(cidr: string): Network {
  let range: Range;
  try {
    range = ipaddr.IPv4.parseCIDR(cidr);
  } catch {
    throw new LabError(
      `Unable to use the network ${cidr}: it is not a network. Write it like 192.168.99.0/24.`,
    );
  }
  if (range[1] < 8 || range[1] > 29) {
    throw new LabError(`Unable to use the network ${cidr}: its size must be between /8 and /29.`);
  }
  const bytes = ipaddr.IPv4.networkAddressFromCIDR(cidr).toByteArray();
  const gateway = [...bytes.slice(0, 3), bytes[3]! + 1].join(".");
  return { cidr: `${bytes.join(".")}/${range[1]}`, gateway };
}

function overlap([a, aBits]: Range, [b, bBits]: Range): boolean {
  const bits = Math.min(aBits, bBits);
  return a.match(b, bits);
}

/** What this machine routes to anything but the lab's own bridge. */
async function routedNetworks(bridge: string): Promise<Range[]> {
  const { stdout } = await run("ip", ["-4", "-json", "route", "show", "table", "all"]);
  return parseRoutes(stdout)
    .filter(({ dst, dev }) => dst !== undefined && dst !== "default" && dev !== bridge)
    .map(({ dst }) => (dst!.includes("/") ? dst! : `${dst}/32`))
    .filter((dst) => ipaddr.IPv4.isValidCIDR(dst))
    .map((dst) => ipaddr.IPv4.parseCIDR(dst));
}

/** The wanted network, or the next 192.168.x.0/24 that this machine does not route elsewhere. */
export async function freeNetwork(
  wanted: string,
  bridge: string,
  taken: readonly string[] = [],
): Promise<Network> {
  const network = parseNetwork(wanted);
  const others = taken.map((cidr): Range => ipaddr.IPv4.parseCIDR(cidr));
  const routed = [...(await routedNetworks(bridge)), ...others];
  const isFree = ({ cidr }: Network) => {
    const range = ipaddr.IPv4.parseCIDR(cidr);
    return !routed.some((other) => overlap(range, other));
  };
  if (isFree(network)) return network;
  const third = Number(network.cidr.split(".")[2]);
  for (let i = 1; i < 256; i++) {
    const next = parseNetwork(`192.168.${(third + i) % 256}.0/24`);
    if (isFree(next)) return next;
  }
  throw new LabError(
    `Unable to find a network for the lab: ${wanted} and all of 192.168.0.0/16 are in use. ` +
      "Name a free one with --network.",
  );
}

/** Marks a bridge as this lab's. */
const aliasOf = (dir: string) => `nixmox lab ${dir}`;

/** Whether a bridge exists, and whether this lab created it. */
export function bridgeState(bridge: string, dir: string): "absent" | "ours" | "foreign" {
  const link = `/sys/class/net/${bridge}`;
  if (!existsSync(link)) return "absent";
  const alias = readFileSync(`${link}/ifalias`, "utf8").trim();
  return alias === aliasOf(dir) ? "ours" : "foreign";
}

/** Refuses a bridge that something else created. */
export function checkBridge(bridge: string, dir: string): void {
  if (bridgeState(bridge, dir) !== "foreign") return;
  throw new LabError(
    `Unable to create the bridge ${bridge}: it exists, and this lab did not create it. ` +
      "Give the lab another name with --name, or remove it with " +
      `\`ip link delete ${bridge}\` if nothing needs it.`,
  );
}

/** Creates a bridge. Containers on it reach each other and this machine. */
export async function raiseBridge(bridge: string, dir: string, network: Network): Promise<void> {
  checkBridge(bridge, dir);
  const ip = (...args: string[]) => run("ip", args);
  try {
    if (bridgeState(bridge, dir) === "absent") {
      await ip("link", "add", "name", bridge, "type", "bridge");
      await ip("link", "set", "dev", bridge, "alias", aliasOf(dir));
    }
    const prefix = network.cidr.split("/")[1];
    await ip("address", "replace", `${network.gateway}/${prefix}`, "dev", bridge);
    await ip("link", "set", "dev", bridge, "up");
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new LabError(`Unable to create the bridge ${bridge}: ${error.message}.`);
  }
}

/** The name of a bridge's tables in nftables. */
export const tableOf = (bridge: string) => `nmx_${bridge.replace(/[^a-z0-9]/gi, "_")}`;

/**
 * Makes this machine the router between a lab's bridges, and keeps their packets off all other
 * networks, in case it forwards packets elsewhere.
 */
export async function connectBridges(bridges: readonly string[]): Promise<void> {
  const [bridge = ""] = bridges;
  const table = `inet ${tableOf(bridge)}`;
  const links = `{ ${bridges.map((each) => `"${each}"`).join(", ")} }`;
  const rules = `
    add table ${table}
    delete table ${table}
    add table ${table}
    add chain ${table} forward { type filter hook forward priority -10; }
    add rule ${table} forward iifname ${links} oifname != ${links} drop
    add rule ${table} forward iifname != ${links} oifname ${links} drop
  `;
  await run("nft", ["-f", "-"], { input: rules }).catch((error: Error) => {
    throw new LabError(
      `Unable to isolate the bridge ${bridge}: ${error.message}. ` +
        "Check that the kernel has nftables (`modprobe nf_tables`).",
    );
  });
  if (bridges.length === 1) return;
  // Only what comes from one of them is forwarded. The setting goes with the bridge.
  for (const each of bridges) writeFileSync(`/proc/sys/net/ipv4/conf/${each}/forwarding`, "1\n");
}

/** Removes the bridge and its rules, unless something else created them. */
export async function removeBridge(bridge: string, dir: string): Promise<void> {
  const state = bridgeState(bridge, dir);
  if (state === "foreign") return;
  if (state === "ours") await run("ip", ["link", "delete", bridge]);
  for (const family of ["inet", "bridge"]) {
    await run("nft", ["delete", "table", family, tableOf(bridge)]).catch(() => undefined);
  }
}
