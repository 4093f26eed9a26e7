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
  if (before === undefined || !/^net\d+$/.test(key)) return false;
  const rest = (net: string) => JSON.stringify({ ...partsOf(key, net), firewall: undefined });
  return rest(before) === rest(after);
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
    if (running && !AT_ONCE.has(key)) pendingDelete.add(key);
    else delete values[key];
  }
  for (const [key, value] of Object.entries(change.set)) {
    pendingDelete.delete(key);
    delete pending[key];
    if (values[key] === value) continue;
    if (running && !isAtOnce(key, values[key], value)) pending[key] = value;
    else values[key] = value;
  }
  return { values, pending, pendingDelete: [...pendingDelete].sort() };
}

/** Applies everything that was pending. */
export function applyPending(config: ContainerConfig): ContainerConfig {
  return { values: currentValues(config), pending: {}, pendingDelete: [] };
}
