import type { Login } from "../../lxc/guest";
import { VOLUME } from "../../template/packages";
import type { Cluster } from "../cluster";
import type { Values } from "../configFile";
import { failure, parameterError } from "../errors";
import type { Call } from "../route";
import type { Session } from "../session";
import { specOf } from "../spec";
import { listMachines } from "./machines";
import { checkIsPossible, checkMayChange } from "./permissions";
import { beginStart } from "./power";
import { storedValues } from "./values";

/** Parameters that describe the creation, and are not settings of the container. */
const NOT_SETTINGS = [
  "bwlimit",
  "force",
  "ha-managed",
  "ignore-unpack-errors",
  "node",
  "ostemplate",
  "password",
  "pool",
  "restore",
  "ssh-public-keys",
  "start",
  "storage",
  "unique",
  "vmid",
];

const SSH_KEY = /^(\S+\s+)?((ssh-|ecdsa-|sk-)\S+)\s+[A-Za-z0-9+/=]+(\s|$)/;

function checkSshKeys(keys: string | undefined): void {
  const lines = (keys ?? "").split("\n").filter((line) => line.trim() && !line.startsWith("#"));
  if (!lines.every((line) => SSH_KEY.test(line))) throw failure("SSH public key validation error");
}

function checkTemplate(session: Session, volume: string): void {
  const storage = /^([^:]+):vztmpl\//.exec(volume)?.[1];
  if (storage === undefined) throw failure(`unable to parse volume ID '${volume}'`);
  session.checkAny(`/storage/${storage}`, ["Datastore.AllocateSpace", "Datastore.Audit"]);
  if (volume !== VOLUME) throw failure(`volume '${volume}' does not exist`);
}

/** Mount points and root disk, with the default storage where only a size is given. */
function withStorage(params: Values, settings: Record<string, string>): Record<string, string> {
  const storage = params.storage ?? "local";
  const disks = Object.keys(settings).filter((key) => /^(rootfs|mp\d+)$/.test(key));
  if (disks.length > 0 && !settings.rootfs) {
    throw failure("mount points configured, but 'rootfs' not set - aborting");
  }
  for (const key of disks) {
    if (/^\d+(\.\d+)?$/.test(settings[key]!)) settings[key] = `${storage}:${settings[key]}`;
  }
  return { ...settings, rootfs: settings.rootfs ?? `${storage}:4` };
}

/** Checks everything that can be known beforehand, then creates the container in the background. */
export function createContainer({ cluster, session, params, node, vmid }: Call): string {
  if (params.unprivileged === "0") session.check("/", "Sys.Modify");
  const taken = cluster.store.find(vmid);
  if (taken !== undefined) throw failure(`CT ${vmid} already exists on node '${taken}'`);
  const machine = listMachines(cluster).find((other) => other.vmid === vmid);
  if (machine) throw failure(`VM ${vmid} already exists on node '${machine.node}'`);
  if (params.restore === "1") throw failure("restoring a backup is not available in the lab");
  checkSshKeys(params["ssh-public-keys"]);
  if (params.pool !== undefined) cluster.pools.check(params.pool);
  if (params["ha-managed"] === "1") {
    throw parameterError({ "ha-managed": "there is no high availability in the lab" });
  }
  session.checkGuest(vmid, params.pool, "VM.Allocate");

  const given = Object.fromEntries(
    Object.entries(params).filter(([key]) => !NOT_SETTINGS.includes(key) && !/^unused/.test(key)),
  );
  const { unprivileged = "1", ...settings } = withStorage(params, given);
  checkMayChange(session, {
    vmid,
    pool: params.pool,
    unprivileged: unprivileged === "1",
    set: settings,
    remove: [],
  });
  checkTemplate(session, params.ostemplate!);
  checkIsPossible(settings);
  const stored = storedValues(cluster, vmid, settings, {});
  const values: Values = {
    arch: "amd64",
    ostype: "debian",
    hostname: `CT${vmid}`,
    memory: "512",
    swap: "512",
    ...stored,
    ...(unprivileged === "1" ? { unprivileged } : {}),
  };

  const config = { values, pending: {}, pendingDelete: [] };
  cluster.store.save(node, vmid, { ...config, values: { ...values, lock: "create" } });
  const login = { password: params.password, sshKeys: params["ssh-public-keys"] };
  return cluster.tasks.start(node, "vzcreate", String(vmid), session.id, async (log) => {
    log(`extracting archive '${params.ostemplate}'`);
    await cluster.locks.hold(vmid, () => make(cluster, node, vmid, values, login));
    log("Detected container architecture: amd64");
    if (params.pool !== undefined) cluster.pools.add(params.pool, vmid);
    if (params.start === "1") beginStart(cluster, session, node, vmid);
  });
}

async function make(
  cluster: Cluster,
  node: string,
  vmid: number,
  values: Values,
  login: Login,
): Promise<void> {
  try {
    await cluster.containers.create(specOf(vmid, values), login);
    cluster.store.save(node, vmid, { values, pending: {}, pendingDelete: [] });
  } catch (error) {
    await cluster.containers.remove(vmid);
    cluster.store.remove(node, vmid);
    throw failure(`unable to create CT ${vmid} - ${(error as Error).message}`);
  }
}
