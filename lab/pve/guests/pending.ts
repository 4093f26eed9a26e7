import type { ContainerConfig, Values } from "../configFile";
import { partsOf } from "../spec";

/** Settings that Proxmox applies at once, whether the container runs or not. */
const AT_ONCE = new Set(
  "cores,cpulimit,cpuunits,description,hostname,lock,memory,onboot,protection,startup,swap,tags".split(
    ",",
  ),
);

/** Whether a changed value takes effect at once: so does an interface's firewall flag. */
function isAtOnce(key: string, before: string | undefined, after: string): boolean {
  if (AT_ONCE.has(key)) return true;
  // A new disk is mounted into the running container; one that is there stays as it is.
  if (isMountPoint(key)) return before === undefined;
  if (before === undefined || !/^net\d+$/.test(key)) return false;
  const rest = (net: string) => JSON.stringify({ ...partsOf(key, net), firewall: undefined });
  return rest(before) === rest(after);
}

export function isMountPoint(key: string): boolean {
  return /^mp\d+$/.test(key);
}

/** A disk that a container no longer mounts is kept, until someone removes it. */
function withUnused(before: Values, after: Values): Values {
  const nameOf = (value: string) => value.split(",")[0]!;
  const used = new Set(Object.values(after).map(nameOf));
  const kept: Record<string, string> = { ...after };
  for (const [key, value] of Object.entries(before)) {
    const name = nameOf(value);
    if (!isMountPoint(key) || used.has(name) || name.startsWith("/")) continue;
    let index = 0;
    while (`unused${index}` in kept) index++;
    kept[`unused${index}`] = name;
  }
  return kept;
}

/** A change to a container's settings. */
export interface Change {
  readonly set: Values;
  readonly remove: readonly string[];
}

/** The settings as they will be once nothing is pending any more. */
export function currentValues({ values, pending, pendingDelete }: ContainerConfig): Values {
  return Object.fromEntries(
    Object.entries({ ...values, ...pending }).filter(([key]) => !pendingDelete.includes(key)),
  );
}

/** Records a change; what can't take effect in a running container waits for the next start. */
export function applyChange(
  config: ContainerConfig,
  change: Change,
  running: boolean,
): ContainerConfig {
  const values: Record<string, string> = { ...config.values };
  const pending: Record<string, string> = { ...config.pending };
  const pendingDelete = new Set(config.pendingDelete);
  for (const key of change.remove) {
    delete pending[key];
    if (!(key in values)) continue;
    if (running && !AT_ONCE.has(key) && !/^unused\d+$/.test(key)) pendingDelete.add(key);
    else delete values[key];
  }
  for (const [key, value] of Object.entries(change.set)) {
    pendingDelete.delete(key);
    delete pending[key];
    if (values[key] === value) continue;
    if (running && !isAtOnce(key, values[key], value)) pending[key] = value;
    else values[key] = value;
  }
  const kept = withUnused(config.values, values);
  return { values: kept, pending, pendingDelete: [...pendingDelete].sort() };
}

/** Applies everything that was pending. */
export function applyPending(config: ContainerConfig): ContainerConfig {
  const values = withUnused(config.values, currentValues(config));
  return { values, pending: {}, pendingDelete: [] };
}
