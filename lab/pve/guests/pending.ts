import type { ContainerConfig, Values } from "../configFile";

/** Settings that Proxmox applies at once, whether the container runs or not. */
const AT_ONCE = new Set(
  "cores,cpulimit,cpuunits,description,hostname,lock,memory,onboot,protection,startup,swap,tags".split(
    ",",
  ),
);

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
    if (running && !AT_ONCE.has(key)) pending[key] = value;
    else values[key] = value;
  }
  return { values, pending, pendingDelete: [...pendingDelete].sort() };
}

/** Applies everything that was pending. */
export function applyPending(config: ContainerConfig): ContainerConfig {
  return { values: currentValues(config), pending: {}, pendingDelete: [] };
}
