import type { Problem } from "./client";
import type { Guest, ListedGuest, UnreadGuest } from "./guests";
import { describeGuest, type Mark, readMark } from "./mark";

/** A container that the manifest asks for. */
export interface WantedGuest {
  readonly service: string;
  /** The service's earlier names. */
  readonly formerly: readonly string[];
  readonly node: string;
  readonly vmid: number;
  /** The short name, as Proxmox VE has it. */
  readonly hostname: string;
  /** Its IPv4 address, without prefix. */
  readonly address: string;
  /** The network that it is in. */
  readonly cidr: string;
  readonly bridge: string;
  readonly vlan: number | undefined;
  /** Storages of its disks. */
  readonly datastores: readonly string[];
}

/** The stack that asks. */
export interface StackIdentity {
  readonly name: string;
  /** Hexadecimal; tells it apart from other stacks of that name. */
  readonly id: string;
}

/** A guest that has what the manifest assigns to a service, and is not that service's container. */
export interface Conflict {
  /** `unreadable`: it may be that container, but this can't be determined. */
  readonly code: "taken" | "unreadable";
  readonly service: string;
  /** The manifest's keys whose values the guest has. */
  readonly keys: readonly ("vmid" | "hostname" | "ip")[];
  readonly guest: Guest | UnreadGuest;
}

/** Everything in the manifest that is held by guests that this stack did not create for it. */
export function findConflicts(
  stack: StackIdentity,
  wanted: readonly WantedGuest[],
  guests: readonly (Guest | UnreadGuest)[],
): Conflict[] {
  return wanted.flatMap((own) =>
    guests.flatMap((guest): Conflict[] => {
      const keys = keysOf(own, guest);
      if (keys.length === 0 || isContainerOf(stack, own, guest)) return [];
      const code = "unread" in guest ? "unreadable" : "taken";
      return [{ code, service: own.service, keys, guest }];
    }),
  );
}

/** Whether this stack created a guest for one of these services. */
export function isOwn(stack: StackIdentity, wanted: readonly WantedGuest[], guest: Guest): boolean {
  return wanted.some((own) => isContainerOf(stack, own, guest));
}

function isContainerOf({ id }: StackIdentity, own: WantedGuest, guest: Guest | UnreadGuest) {
  const mark = markOf(guest);
  if (mark === undefined || mark.stackId !== id || mark.vmid !== guest.vmid) return false;
  return [own.service, ...own.formerly].includes(mark.service);
}

/** The mark of a container. A virtual machine or a template is never ours, whatever its notes say. */
export function markOf(guest: Guest | UnreadGuest): Mark | undefined {
  if (guest.type !== "lxc" || guest.template || !("description" in guest)) return undefined;
  return readMark(guest.description);
}

function keysOf(own: WantedGuest, guest: Guest | UnreadGuest): Conflict["keys"] {
  const addresses = "addresses" in guest ? guest.addresses : [];
  return [
    ...(own.vmid === guest.vmid ? (["vmid"] as const) : []),
    ...(shortName(own.hostname) === shortName(guest.name) ? (["hostname"] as const) : []),
    ...(addresses.includes(own.address) ? (["ip"] as const) : []),
  ];
}

function shortName(name: string): string {
  return name.split(".")[0]!.toLowerCase();
}

/** A guest in words: `VM 110 (plex) on node pve1`. */
export function nameOf({ type, vmid, name, node, template }: ListedGuest): string {
  const kind = type === "lxc" ? "container" : "VM";
  return `${kind}${template ? " template" : ""} ${vmid} (${name || "no name"}) on node ${node}`;
}

/** A conflict in words. `free` is an id that neither a guest nor the manifest has. */
export function formatConflict(
  conflict: Conflict,
  stack: StackIdentity,
  own: WantedGuest,
  free: number,
): Problem {
  const { guest, keys, service } = conflict;
  const values = { vmid: own.vmid, hostname: own.hostname, ip: own.address };
  const has = keys.map((key) => `${key} ${values[key]}`).join(", ");
  if ("unread" in guest) {
    return {
      why:
        `service ${service} has ${has} in the manifest, and so has ${nameOf(guest)}, ` +
        `whose configuration can't be read: ${guest.unread}`,
      advice: guest.offline
        ? `Start node ${guest.node}, or change the manifest.`
        : "Give the API token VM.Audit on that guest, or change the manifest.",
    };
  }
  const others = keys.map((key) =>
    key === "vmid" ? `another vmid, such as ${free}` : `another ${key}`,
  );
  const { origin, advice } = originOf(conflict, guest, stack, own);
  return {
    why: `service ${service} has ${has} in the manifest, and so has ${nameOf(guest)}, ${origin}`,
    advice: `${advice}${advice === "" ? "Give" : " Otherwise give"} service ${service} ${others.join(" and ")}.`,
  };
}

/** Where the guest comes from, as far as its notes tell, and what that suggests. */
function originOf({ keys }: Conflict, guest: Guest, stack: StackIdentity, own: WantedGuest) {
  const mark = markOf(guest);
  if (mark === undefined) {
    const origin = "which this stack did not create";
    if (guest.lock === "create") {
      return {
        origin,
        advice: "It is still being created: if this stack is creating it, try again in a minute.",
      };
    }
    const looksOurs =
      guest.type === "lxc" && !guest.template && keys.includes("vmid") && keys.includes("hostname");
    if (!looksOurs) return { origin, advice: "" };
    const { service, vmid } = own;
    const line = describeGuest({ service, vmid, stack: stack.name, stackId: stack.id });
    const advice = `If this stack did create it and its notes were edited, put this line back into them: "${line}".`;
    return { origin, advice };
  }
  const { service, stack: maker, stackId, vmid } = mark;
  if (stackId !== stack.id) {
    const other = maker === stack.name ? `another stack ${maker} (${stackId})` : `stack ${maker}`;
    return { origin: `which ${other} created for its service ${service}`, advice: "" };
  }
  if (vmid !== guest.vmid) {
    return {
      origin: `which is a copy of container ${vmid} of this stack`,
      advice: "Remove the copy if it is not needed.",
    };
  }
  return {
    origin: `which is this stack's container of service ${service}`,
    advice:
      `If ${own.service} is the new name of ${service}, write formerly = "${service}"; if ${service} ` +
      "is to be removed or changed, do that in a separate run first.",
  };
}
