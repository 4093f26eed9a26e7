import type { Cluster } from "../cluster";
import type { ContainerConfig, Values } from "../configFile";
import { failure, parameterError } from "../errors";
import { formatSize, parseSize, printPropertyString } from "../propertyString";
import type { Call } from "../route";
import { configParameters } from "../schema";
import { parameterOf } from "../check";
import { partsOf, specOf, splitList } from "../spec";
import { applyChange, currentValues, isMountPoint } from "./pending";
import { checkIsPossible, checkMayChange } from "./permissions";
import { storedValues } from "./values";

const REQUIRED = ["memory", "rootfs", "ostype"];
const NOT_SETTINGS = ["delete", "digest", "node", "revert", "vmid"];

/** Refuses to touch a container that another operation holds. */
export function checkLock({ values }: ContainerConfig): void {
  if (values.lock) throw failure(`CT is locked (${values.lock})`);
}

/** Refuses a change that is based on an older version. */
export function checkDigest(given: string | undefined, digest: string): void {
  if (given !== undefined && given !== digest) {
    throw failure("detected modified configuration - file changed by other user? Try again.");
  }
}

function checkNames(option: string, names: readonly string[], params: Values): void {
  for (const name of names) {
    if (NOT_SETTINGS.includes(name) || !parameterOf(configParameters, name)) {
      throw parameterError({ [option]: `unknown option '${name}'` });
    }
    if (params[name] !== undefined) {
      const error = `you can't use '-${name}' and -${option} ${name}' at the same time`;
      throw parameterError({ [option]: error });
    }
    if (option === "delete" && REQUIRED.includes(name)) {
      throw failure(`unable to delete required option '${name}'`);
    }
    if (option === "delete" && name === "unprivileged") {
      throw failure(`unable to delete read-only option: '${name}'`);
    }
  }
}

/** Changes a container's settings: at once where Proxmox does, otherwise at its next start. */
export async function updateContainer(call: Call): Promise<null> {
  const { cluster, session, params, node, vmid } = call;
  const given = Object.fromEntries(
    Object.entries(params).filter(([key]) => !NOT_SETTINGS.includes(key)),
  );
  const remove = splitList(params.delete);
  const revert = splitList(params.revert);
  if (Object.keys(given).length + remove.length + revert.length === 0) {
    throw failure("no options specified");
  }
  return cluster.locks.hold(vmid, async () => {
    const loaded = cluster.store.load(node, vmid);
    checkLock(loaded);
    checkDigest(params.digest, loaded.digest);
    checkNames("delete", remove, params);
    checkNames("revert", revert, params);
    if ("unprivileged" in given) throw failure("unable to modify read-only option: 'unprivileged'");

    const config = reverted(loaded, revert);
    const before = currentValues(config);
    const unprivileged = config.values.unprivileged === "1";
    checkMayChange(session, { vmid, unprivileged, before, set: given, remove });
    checkIsPossible(given);
    checkProtection(config, [...remove, ...Object.keys(given)], vmid);

    const set = storedValues(cluster, vmid, given, { ...config.values, ...config.pending });
    const { running, pid } = await cluster.containers.inspect(vmid);
    const changed = applyChange(config, { set, remove }, running);
    if (running) applyLive(cluster, vmid, config, changed);
    if (pid !== undefined) await plugDisks(cluster, vmid, pid, config, changed);
    cluster.store.save(node, vmid, changed);
    for (const key of remove) removeUnused(cluster, vmid, config.values[key], key);
    await cluster.firewall.enforce();
    return null;
  });
}

function reverted(config: ContainerConfig, names: readonly string[]): ContainerConfig {
  const pending = Object.fromEntries(
    Object.entries(config.pending).filter(([key]) => !names.includes(key)),
  );
  const pendingDelete = config.pendingDelete.filter((key) => !names.includes(key));
  return { values: config.values, pending, pendingDelete };
}

function checkProtection(config: ContainerConfig, keys: readonly string[], vmid: number): void {
  if (config.values.protection !== "1") return;
  const drive = keys.find((key) => /^(rootfs|mp\d+|unused\d+)$/.test(key));
  if (drive) throw failure(`can't update CT ${vmid} drive '${drive}' - protection mode enabled`);
}

function applyLive(
  cluster: Cluster,
  vmid: number,
  before: ContainerConfig,
  after: ContainerConfig,
): void {
  const { limits } = specOf(vmid, after.values);
  if (JSON.stringify(limits) === JSON.stringify(specOf(vmid, before.values).limits)) return;
  try {
    cluster.containers.limit(vmid, limits);
  } catch (error) {
    throw parameterError({ memory: `unable to hotplug memory: ${(error as Error).message}` });
  }
}

/** Mounts new disks into a container that runs. */
async function plugDisks(
  cluster: Cluster,
  vmid: number,
  pid: number,
  before: ContainerConfig,
  after: ContainerConfig,
): Promise<void> {
  const added = Object.keys(after.values).filter((key) => !(key in before.values));
  for (const key of added.filter(isMountPoint)) {
    await cluster.containers.plug(specOf(vmid, after.values), key, pid).catch((error: Error) => {
      throw parameterError({ [key]: `unable to hotplug ${key}: ${error.message}` });
    });
  }
}

/** Removes the data of a disk that was no longer mounted. */
function removeUnused(cluster: Cluster, vmid: number, value: string | undefined, key: string) {
  if (value === undefined || !/^unused\d+$/.test(key)) return;
  cluster.containers.removeVolume(vmid, value.replace(/^[^:]*:/, ""));
}

/** Makes a disk larger. The lab only records the size: all disks share the machine's disk. */
export function resizeDisk({ cluster, session, params, node, vmid }: Call): string {
  const disk = params.disk!;
  const bytes = parseSize(params.size!.replace(/^\+/, ""));
  if (bytes === undefined) throw failure("invalid size string");
  const check = () => {
    const config = cluster.store.load(node, vmid);
    checkLock(config);
    session.check(`/vms/${vmid}`, "VM.Config.Options");
    checkDigest(params.digest, config.digest);
    const value = config.values[disk];
    if (value === undefined) throw failure(`disk '${disk}' does not exist`);
    const parts = partsOf(disk, value);
    session.check(`/storage/${parts.volume?.split(":")[0]}`, "Datastore.AllocateSpace");
    const old = parseSize(parts.size ?? "4G")!;
    const size = params.size!.startsWith("+") ? old + bytes : bytes;
    if (size < old) throw failure("unable to shrink disk size");
    if (size === old) throw failure("disk is already at specified size");
    return { config, parts: { ...parts, size: formatSize(size) } };
  };
  check();
  return cluster.tasks.start(node, "resize", String(vmid), session.id, () =>
    cluster.locks.hold(vmid, () => {
      const { config, parts } = check();
      const { properties } = parameterOf(configParameters, disk)!;
      const value = printPropertyString(parts, properties!);
      cluster.store.save(node, vmid, { ...config, values: { ...config.values, [disk]: value } });
    }),
  );
}
