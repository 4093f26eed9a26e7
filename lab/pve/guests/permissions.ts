import type { Values } from "../configFile";
import { failure, permissionError } from "../errors";
import type { Session } from "../session";
import { partsOf } from "../spec";

/** What changes between two sets of feature flags. */
function changedFeatures(before: string | undefined, after: string | undefined): string[] {
  const old = partsOf("features", before ?? "");
  const wanted = partsOf("features", after ?? "");
  // Where there were no flags before, Proxmox counts every flag that is named as changed.
  if (before === undefined) return Object.keys(wanted);
  const names = new Set([...Object.keys(old), ...Object.keys(wanted)]);
  return [...names].filter((name) => (old[name] ?? "") !== (wanted[name] ?? ""));
}

/** A change of a container's settings. */
export interface Change {
  readonly vmid: number;
  /** The pool that a new container is created into. */
  readonly pool?: string;
  readonly unprivileged: boolean;
  /** Unset where the container is new. */
  readonly before?: Values;
  readonly set: Values;
  readonly remove: readonly string[];
}

/** Refuses a change for which the caller lacks a privilege, and what only root@pam may change. */
export function checkMayChange(session: Session, change: Change): void {
  if (session.isRoot) return;
  for (const [key, value] of Object.entries(change.set)) checkKey(session, change, key, value);
  for (const key of change.remove) checkKey(session, change, key, undefined);
}

function checkKey(session: Session, change: Change, key: string, value: string | undefined): void {
  const { vmid, pool, before } = change;
  const need = (kind: string) => session.checkGuest(vmid, pool, `VM.Config.${kind}`);
  if (/^(cores|cpulimit|cpuunits)$/.test(key)) return need("CPU");
  if (/^(memory|swap)$/.test(key)) return need("Memory");
  if (/^(nameserver|searchdomain|hostname)$/.test(key)) return need("Network");
  if (/^net\d+$/.test(key)) {
    need("Network");
    for (const net of [before?.[key], value]) if (net) checkBridge(session, partsOf(key, net));
    return;
  }
  if (/^(rootfs|mp\d+)$/.test(key)) {
    need("Disk");
    if (value !== undefined) checkVolume(session, partsOf(key, value).volume ?? "");
    return;
  }
  if (key === "features") return checkFeatures(session, change, value);
  if (key === "hookscript") {
    throw permissionError("changing the hookscript is only allowed for root@pam");
  }
  if (/^dev\d+$/.test(key)) {
    throw permissionError("configuring device passthrough is only allowed for root@pam");
  }
  need("Options");
}

function checkBridge(session: Session, { bridge, tag }: Record<string, string>): void {
  if (bridge === undefined) return;
  const vlan = tag === undefined ? "" : `/${tag}`;
  session.check(`/sdn/zones/localnetwork/${bridge}${vlan}`, "SDN.Use");
}

function checkVolume(session: Session, volume: string): void {
  if (volume.startsWith("/")) {
    const type = volume.startsWith("/dev/") ? "device" : "bind";
    throw permissionError(`mount point type ${type} is only allowed for root@pam`);
  }
  const storage = /^([^:\s]+):\d+(\.\d+)?$/.exec(volume)?.[1];
  if (storage !== undefined) session.check(`/storage/${storage}`, "Datastore.AllocateSpace");
}

function checkFeatures(session: Session, change: Change, after: string | undefined): void {
  if (!change.unprivileged) {
    throw permissionError(
      "changing feature flags for privileged container is only allowed for root@pam",
    );
  }
  const changed = changedFeatures(change.before?.features, after);
  if (changed.some((name) => name !== "nesting")) {
    throw permissionError("changing feature flags (except nesting) is only allowed for root@pam");
  }
  if (changed.length > 0) session.checkGuest(change.vmid, change.pool, "VM.Allocate");
}

/** Refuses what real Proxmox could do for root@pam, but the lab can't. */
export function checkIsPossible(values: Values): void {
  for (const [key, value] of Object.entries(values)) {
    const isHostPath = /^(rootfs|mp\d+)$/.test(key) && partsOf(key, value).volume?.startsWith("/");
    if (isHostPath || key === "hookscript" || /^dev\d+$/.test(key)) {
      throw failure(`${key}: bind mounts, devices and hook scripts are not available in the lab`);
    }
  }
}
