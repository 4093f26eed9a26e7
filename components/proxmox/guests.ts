import ipaddr from "ipaddr.js";
import { z } from "zod";
import { type ProxmoxClient, ProxmoxError } from "./client";

/** A container or a virtual machine, as the list of the whole cluster has it. */
export interface ListedGuest {
  readonly type: "lxc" | "qemu";
  readonly vmid: number;
  /** Empty if the cluster does not know it, as for a node that is off. */
  readonly name: string;
  readonly node: string;
  readonly running: boolean;
  readonly template: boolean;
  /** The pool that it is in, if any. */
  readonly pool: string | undefined;
  /** An operation that is under way, such as `create`. */
  readonly lock: string | undefined;
}

/** A guest with the contents of its configuration. */
export interface Guest extends ListedGuest {
  readonly description: string;
  /** Its IPv4 addresses, without prefix. */
  readonly addresses: readonly string[];
}

/** A guest whose configuration can't be read. */
export interface UnreadGuest extends ListedGuest {
  readonly unread: string;
  /** Its node does not answer, so that the guest does not run either. */
  readonly offline: boolean;
}

// Perl does not distinguish numbers from text, and neither do all of its answers.
const number = z.coerce.number();
const resources = z.array(
  z.object({
    type: z.string(),
    vmid: number.optional(),
    node: z.string().optional(),
    name: z.string().optional(),
    status: z.string().optional(),
    template: number.optional(),
    pool: z.string().optional(),
    lock: z.string().optional(),
  }),
);
const config = z.record(z.string(), z.unknown());
const interfaces = z
  .array(
    z.object({
      inet: z.string().nullish(),
      "ip-addresses": z.array(z.object({ "ip-address": z.string().nullish() })).nullish(),
    }),
  )
  .nullable();

/** All guests that the token may see, on every node. */
export async function listGuests(client: ProxmoxClient): Promise<ListedGuest[]> {
  const rows = await client.get("cluster/resources", resources, { type: "vm" });
  return rows.flatMap(({ type, vmid, node, name = "", status, template, pool, lock }) => {
    if ((type !== "lxc" && type !== "qemu") || vmid === undefined || node === undefined) return [];
    const running = status === "running";
    return [{ type, vmid, node, name, running, template: template === 1, pool, lock }];
  });
}

/** Reads a guest's configuration; nothing if the guest has gone in the meantime. */
export async function readGuest(
  client: ProxmoxClient,
  guest: ListedGuest,
): Promise<Guest | UnreadGuest | undefined> {
  const path = `nodes/${guest.node}/${guest.type}/${guest.vmid}`;
  try {
    const settings = await client.get(`${path}/config`, config);
    const { description, hostname, name } = settings;
    return {
      ...guest,
      name: guest.name || text(hostname) || text(name),
      description: text(description),
      addresses: configuredAddresses(settings),
    };
  } catch (error) {
    if (!(error instanceof ProxmoxError) || error.status === undefined) throw error;
    if (/does not exist/.test(error.reason)) return undefined;
    // 595 and the like: pveproxy can't reach the node that the guest is on.
    return { ...guest, unread: error.problem.why, offline: error.status >= 590 };
  }
}

/** Whether a guest has an id, even one that the token may not see: Proxmox VE tells everyone that much. */
export async function isTaken(client: ProxmoxClient, vmid: number): Promise<boolean> {
  try {
    await client.get("cluster/nextid", z.unknown(), { vmid: String(vmid) });
    return false;
  } catch (error) {
    if (error instanceof ProxmoxError && error.status === 400) return true;
    throw error;
  }
}

/** The static addresses of network interfaces (containers) and of cloud-init (machines). */
function configuredAddresses(settings: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(settings).flatMap(([key, value]) =>
    /^(net|ipconfig)\d+$/.test(key)
      ? text(value)
          .split(",")
          .flatMap((part) => /^ip=(.*)$/.exec(part)?.[1] ?? [])
          .flatMap(ipv4)
      : [],
  );
}

/**
 * Adds what a running container has beyond its configuration: by DHCP, or set inside. A machine's
 * agent knows the same, but asking it takes more than VM.Audit.
 */
export async function withRunningAddresses(client: ProxmoxClient, guest: Guest): Promise<Guest> {
  if (guest.type !== "lxc" || !guest.running) return guest;
  try {
    const path = `nodes/${guest.node}/lxc/${guest.vmid}/interfaces`;
    const links = (await client.get(path, interfaces)) ?? [];
    const found = links.flatMap((link) => [
      link.inet ?? "",
      ...(link["ip-addresses"] ?? []).map((each) => each["ip-address"] ?? ""),
    ]);
    return { ...guest, addresses: [...new Set([...guest.addresses, ...found.flatMap(ipv4)])] };
  } catch (error) {
    // It may have stopped just now, and Proxmox VE before 8.1 does not know the method.
    if (error instanceof ProxmoxError && error.status !== undefined) return guest;
    throw error;
  }
}

/** `10.0.0.5` from `10.0.0.5/24`; nothing from `dhcp`, `manual` or what is not an IPv4 address. */
function ipv4(value: string): string[] {
  const address = value.split("/")[0]!.trim();
  return ipaddr.IPv4.isValidFourPartDecimal(address) ? [ipaddr.IPv4.parse(address).toString()] : [];
}

function text(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
