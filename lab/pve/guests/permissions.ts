import type { Values } from "../configFile";
import { failure, permissionError } from "../errors";
import { ROOT, type Session } from "../session";
import { partsOf } from "../spec";

/** What changes between two sets of feature flags. */
function changedFeatures(before: string | undefined, after: string | undefined): string[] {
  const old = partsOf("features", before ?? "");
  const wanted = partsOf("features", after ?? "");
  // Proxmox counts a flag that is named as changed where there were none before.
  if (before === undefined) return Object.keys(wanted);
  const names = new Set([...Object.keys(old), ...Object.keys(wanted)]);
  return [...names].filter((name) => (old[name] ?? "") !== (wanted[name] ?? ""));
}

/**
 * Refuses what only root@pam may change, as Proxmox does; a token may not, not even one of root's.
 * The lab's own user has every privilege there is, so nothing else needs a check.
 */
export function checkMayChange(
  session: Session,
  before: Values | undefined,
  after: Values,
  unprivileged: boolean,
): void {
  if (session.id === ROOT) return;
  const keys = new Set([...Object.keys(before ?? {}), ...Object.keys(after)]);
  for (const key of keys) {
    const value = after[key];
    if (before?.[key] === value) continue;
    if (key === "hookscript") {
      throw permissionError("changing the hookscript is only allowed for root@pam");
    }
    if (/^dev\d+$/.test(key)) {
      throw permissionError("configuring device passthrough is only allowed for root@pam");
    }
    if (/^(rootfs|mp\d+)$/.test(key) && value !== undefined) {
      const volume = partsOf(key, value).volume ?? "";
      if (volume.startsWith("/")) {
        const type = volume.startsWith("/dev/") ? "device" : "bind";
        throw permissionError(`mount point type ${type} is only allowed for root@pam`);
      }
    }
    if (key === "features") checkFeatures(before?.features, value, unprivileged);
  }
}

function checkFeatures(
  before: string | undefined,
  after: string | undefined,
  unprivileged: boolean,
): void {
  if (!unprivileged) {
    throw permissionError(
      "changing feature flags for privileged container is only allowed for root@pam",
    );
  }
  if (changedFeatures(before, after).some((name) => name !== "nesting")) {
    throw permissionError("changing feature flags (except nesting) is only allowed for root@pam");
  }
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
