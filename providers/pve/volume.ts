import { z } from "zod";
import { type ProxmoxClient, ProxmoxError } from "../../components/proxmox/client";
import {
  freeKey,
  type GuestConfig,
  type MountPoint,
  mountPointsOf,
  readConfig,
  withOption,
} from "../../components/proxmox/mountPoints";
import { awaitTask } from "../../components/proxmox/tasks";

/** A disk of a container as it is to be. */
export interface Wanted {
  readonly nodeName: string;
  readonly vmId: number;
  readonly path: string;
  readonly sizeGb: number;
  readonly datastore: string;
  readonly backup: boolean;
}

/** Others change the configuration, too: attempts until nobody did in between. */
const ATTEMPTS = 10;

/**
 * Gives a container a disk. One that is there already, as after a run that was interrupted, is
 * taken over with what is on it.
 */
export async function create(client: ProxmoxClient, wanted: Wanted): Promise<MountPoint> {
  for (let attempt = 1; ; attempt++) {
    const settings = await readConfig(client, wanted.nodeName, wanted.vmId);
    const found = at(settings, wanted.path);
    if (found) return takeOver(client, wanted, found);
    try {
      await add(client, wanted, settings);
    } catch (error) {
      if (!isOutdated(error) || attempt === ATTEMPTS) throw error;
    }
  }
}

async function add(client: ProxmoxClient, wanted: Wanted, settings: GuestConfig): Promise<void> {
  const { path, sizeGb, datastore, backup } = wanted;
  const key = freeKey(settings);
  if (key === undefined) throw new Error("the container has as many mount points as it can have");
  const value = `${datastore}:${sizeGb},mp=${path},backup=${backup ? 1 : 0}`;
  await change(client, wanted, settings, { [key]: value });
}

async function takeOver(
  client: ProxmoxClient,
  wanted: Wanted,
  found: MountPoint,
): Promise<MountPoint> {
  const { datastore, source, sizeGb = 0 } = found;
  if (datastore === undefined) {
    throw new Error(`${source} of the node is mounted at ${wanted.path}. Use another path`);
  }
  if (datastore !== wanted.datastore) {
    throw new Error(
      `${source} is mounted at ${wanted.path}. Write datastore = "${datastore}" to use it, or use another path`,
    );
  }
  if (sizeGb > wanted.sizeGb) {
    throw new Error(
      `${source} is mounted at ${wanted.path} and has ${sizeGb} GiB, and disks do not shrink. Write size_gb = ${sizeGb} to use it`,
    );
  }
  return update(client, wanted, found.key);
}

/** Grows a disk, and includes it in backups or not. */
export async function update(
  client: ProxmoxClient,
  wanted: Wanted,
  key: string,
): Promise<MountPoint> {
  const { nodeName, vmId, sizeGb, backup } = wanted;
  const find = async () => {
    const settings = await readConfig(client, nodeName, vmId);
    const found = mountPointsOf(settings).find((each) => each.key === key);
    if (!found) throw new Error(`the container no longer has ${key}. Run \`pulumi refresh\``);
    return { settings, found };
  };
  const before = await find();
  if ((before.found.sizeGb ?? 0) < sizeGb) {
    const values = { disk: key, size: `${sizeGb}G` };
    const task = await client.put(`nodes/${nodeName}/lxc/${vmId}/resize`, z.string(), values);
    await awaitTask(client, nodeName, task);
  }
  for (let attempt = 1; ; attempt++) {
    const { settings, found } = await find();
    if (found.backup === backup) return found;
    const value = withOption(found, "backup", backup ? "1" : "0");
    try {
      await change(client, wanted, settings, { [key]: value });
    } catch (error) {
      if (!isOutdated(error) || attempt === ATTEMPTS) throw error;
    }
  }
}

/** The disk as it is; nothing if the container does not have it. */
export async function read(
  client: ProxmoxClient,
  node: string,
  vmid: number,
  key: string,
): Promise<MountPoint | undefined> {
  try {
    const settings = await readConfig(client, node, vmid);
    const found = mountPointsOf(settings).find((each) => each.key === key);
    return found?.datastore === undefined ? undefined : found;
  } catch (error) {
    if (error instanceof ProxmoxError && /does not exist/.test(error.reason)) return undefined;
    throw error;
  }
}

function at(settings: GuestConfig, path: string): MountPoint | undefined {
  return mountPointsOf(settings).find((each) => each.path === path);
}

async function change(
  client: ProxmoxClient,
  { nodeName, vmId }: Wanted,
  { digest }: GuestConfig,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  const known = { ...values, digest: String(digest) };
  await client.put(`nodes/${nodeName}/lxc/${vmId}/config`, z.unknown(), known);
}

/** Whether someone else changed the configuration since it was read. */
function isOutdated(error: unknown): boolean {
  return error instanceof ProxmoxError && /detected modified configuration/.test(error.reason);
}
