import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ask, askAsRoot } from "./client";
import { daemonPid, startDaemon, stopDaemon } from "./daemonProcess";
import { LabError } from "./errors";
import { preflight, checkRoot } from "./preflight";
import { aclFor, makeIdentity } from "./identity";
import { readLab, writeLab, type LabInfo } from "./info";
import { raiseKernelLimits, restoreKernelLimits } from "./kernelLimits";
import { removeGroups } from "./lxc/cgroup";
import { inspect, lxc } from "./lxc/command";
import { postStopHook } from "./lxc/config";
import { mountExtras, mountsBelow, unmountBelow } from "./lxc/rootfs";
import { addNetworks, bridgesOf, networksOf, type WantedNetwork } from "./labNetworks";
import {
  bridgeState,
  checkBridge,
  connectBridges,
  freeNetwork,
  raiseBridge,
  removeBridge,
} from "./network";
import { bridgeName, labPaths, RUN, projectDir, type LabPaths } from "./paths";
import { extrasDir } from "./template/extras";
import { buildTemplate } from "./template/template";
import { buildTools } from "./template/tools";

export { readLab, type LabInfo } from "./info";
export { LabError } from "./errors";
export { buildTemplate } from "./template/template";

/** Which lab, and how it is first created. */
export interface LabOptions {
  /**
   * Folder that holds everything belonging to the lab.
   *
   * @default `.nixmox/lab` in the project
   */
  readonly dir?: string;
  /** @default 8006 */
  readonly port?: number;
  /** @default nixmox */
  readonly name?: string;
  /**
   * Network of the containers; if it is in use on this machine, the next free one is taken.
   *
   * @default 192.168.99.0/24
   */
  readonly network?: string;
  /**
   * Networks beside that one, each on a bridge of its own; the machine is the router between them.
   * Those that are missing are added, also to a lab that runs.
   *
   * @default none
   */
  readonly networks?: readonly WantedNetwork[];
  /**
   * Storages for disks beside `local-lvm`; those that are missing are added.
   *
   * @default none
   */
  readonly datastores?: readonly string[];
  /** Receives progress messages. @default prints them */
  readonly log?: (line: string) => void;
}

/** What a lab is doing. */
export interface LabStatus {
  readonly info: LabInfo;
  readonly running: boolean;
  readonly containers: readonly { vmid: number; node: string; name: string; status: string }[];
}

const NODES = ["pve1", "pve2"];

const dirOf = (options: LabOptions) => resolve(options.dir ?? join(projectDir, ".nixmox", "lab"));

/**
 * Starts a lab: builds its template if there is none, creates the bridge, serves the API, and
 * starts the containers that start on boot. A running lab is left as it is.
 */
export async function startLab(options: LabOptions = {}): Promise<LabInfo> {
  const log = options.log ?? console.log;
  const paths = labPaths(dirOf(options));
  checkRoot();
  // Containers' users must be able to read what root creates for them.
  process.umask(0o022);
  const before = readLab(paths.dir);
  const running = daemonPid(paths);
  if (before && running !== undefined && bridgeState(before.bridge, paths.dir) === "ours") {
    await raiseKernelLimits(log);
    const info = await withNeeds({ ...before, pid: running }, options);
    // What is the same stays as it is: others may have changed it, such as the rights of the token.
    if (JSON.stringify(info) !== JSON.stringify({ ...before, pid: running })) {
      await raiseNetworks(paths, info, log);
      await makeIdentity(paths, aclOf(info));
      writeLab(paths.dir, info);
    }
    log(`The lab ${before.name} is running at ${before.endpoint}.`);
    if ((await buildTools()) !== before.template.tools) {
      log(
        "Its hosts have the nixos-rebuild of another version of this project. Run `npm run lab -- stop` " +
          "and `npm run up`, which gives them this one and keeps their data.",
      );
    }
    return info;
  }
  const name = before?.name ?? options.name ?? "nixmox";
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name)) {
    throw new LabError(
      `Unable to name the lab ${name}: use lower-case letters, digits and hyphens.`,
    );
  }
  const bridge = before?.bridge ?? bridgeName(name);
  const port = options.port ?? before?.port ?? 8006;
  if (running !== undefined) await stopDaemon(paths);
  await preflight(paths.dir, port);
  checkBridge(bridge, paths.dir);
  const wanted = before?.network.cidr ?? options.network ?? "192.168.99.0/24";
  const network = await freeNetwork(wanted, bridge);
  if (network.cidr !== wanted) {
    log(`The network ${wanted} is in use on this machine; the lab takes ${network.cidr}.`);
  }

  const template = await buildTemplate(log);
  const booted = bridgeState(bridge, paths.dir) === "ours";
  const first: LabInfo = {
    ...(before && { networks: before.networks, datastores: before.datastores }),
    name,
    endpoint: `https://127.0.0.1:${port}/`,
    apiTokenFile: paths.token,
    network,
    bridge,
    nodes: NODES,
    port,
    template,
  };
  const info = await withNeeds(first, options);
  await prepare(paths, info);
  writeLab(paths.dir, info);
  await raiseKernelLimits(log);
  await raiseNetworks(paths, info, log);
  log("Starting the Proxmox VE API.");
  const pid = await startDaemon(paths, port, !booted);
  writeLab(paths.dir, { ...info, pid });
  await waitForBoot(paths, port);
  log(`The lab ${name} is running at ${info.endpoint}.`);
  return { ...info, pid };
}

/** A lab once it has the networks and storages that are asked for. */
async function withNeeds(info: LabInfo, options: LabOptions): Promise<LabInfo> {
  const networks = await addNetworks(info, options.networks ?? []);
  const known = ["local", "local-lvm", ...(info.datastores ?? [])];
  const more = (options.datastores ?? []).filter((name) => !known.includes(name));
  const datastores = [...(info.datastores ?? []), ...more];
  return {
    ...info,
    ...(networks.length > 0 && { networks }),
    ...(datastores.length > 0 && { datastores }),
  };
}

/** Creates the bridges that do not exist, and routes between all of them. */
async function raiseNetworks(
  paths: LabPaths,
  info: LabInfo,
  log: (line: string) => void,
): Promise<void> {
  const networks = networksOf(info);
  for (const network of networks) {
    if (bridgeState(network.link, paths.dir) === "absent") {
      log(`Creating the bridge ${network.link} (${network.cidr}).`);
    }
    await raiseBridge(network.link, paths.dir, network);
  }
  await connectBridges(networks.map(({ link }) => link));
}

/** What the API token may do: the README's grants, for each bridge and storage. */
function aclOf(info: LabInfo) {
  const datastores = ["local-lvm", ...(info.datastores ?? [])];
  return aclFor({ bridges: bridgesOf(info), datastores });
}

async function prepare(paths: LabPaths, info: LabInfo): Promise<void> {
  for (const dir of [paths.dir, paths.disks, paths.run, paths.events]) {
    mkdirSync(dir, { recursive: true });
  }
  writeFileSync(paths.hook, postStopHook(paths));
  await mountExtras(paths, extrasDir());
  await makeIdentity(paths, aclOf(info));
}

/** Waits until the containers that start on boot have been started. */
async function waitForBoot(paths: LabPaths, port: number): Promise<void> {
  const path = `/nodes/${NODES[0]}/tasks?source=active&typefilter=startall`;
  // The lab's token does not see what root does.
  while ((await askAsRoot<unknown[]>(paths.dir, port, path)).length > 0) {
    await sleep(200);
  }
}

/** The ids of the containers that the lab has on disk. */
function vmids(paths: LabPaths): number[] {
  if (!existsSync(paths.disks)) return [];
  return readdirSync(paths.disks)
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

async function stopContainers(paths: LabPaths, args: readonly string[]): Promise<number> {
  const stopped = await Promise.all(
    vmids(paths).map(async (vmid) => {
      if (!(await inspect(paths, vmid)).running) return 0;
      await lxc(paths, "lxc-stop", ["-n", String(vmid), ...args]);
      return 1;
    }),
  );
  return stopped.reduce<number>((sum, one) => sum + one, 0);
}

/** Stops everything that runs, and releases what the kernel holds for the lab. */
async function teardown(
  paths: LabPaths,
  info: LabInfo,
  how: { kill: boolean; log: (line: string) => void },
): Promise<number> {
  await stopDaemon(paths);
  const stopped = await stopContainers(paths, how.kill ? ["--kill"] : ["--timeout", "60"]);
  // Groups have the bridge's name, and a monitor ends a moment after its container.
  const ours = bridgeState(info.bridge, paths.dir) !== "foreign";
  for (let tries = 0; ours && tries < 100 && !removeGroups(info.bridge); tries++) {
    await sleep(50);
  }
  await unmountBelow(paths.run);
  rmSync(paths.run, { recursive: true, force: true });
  await restoreKernelLimits(how.log);
  if (existsSync(RUN) && readdirSync(RUN).length === 0) rmdirSync(RUN);
  for (const { link } of networksOf(info)) await removeBridge(link, paths.dir);
  return stopped;
}

/** Stops a lab and keeps its containers' disks and settings for the next start. */
export async function stopLab(options: Pick<LabOptions, "dir" | "log"> = {}): Promise<void> {
  const log = options.log ?? console.log;
  const paths = labPaths(dirOf(options));
  const info = readLab(paths.dir);
  if (!info) {
    log(`There is no lab in ${paths.dir}.`);
    return;
  }
  checkRoot();
  const stopped = await teardown(paths, info, { kill: false, log });
  const { pid: _, ...kept } = info;
  writeLab(paths.dir, kept);
  log(
    `Stopped the lab ${info.name}: ${stopped} containers, API, bridge and mounts. Disks are kept.`,
  );
}

/** Removes a lab and everything that it created. */
export async function destroyLab(options: Pick<LabOptions, "dir" | "log"> = {}): Promise<void> {
  const log = options.log ?? console.log;
  const paths = labPaths(dirOf(options));
  const info = readLab(paths.dir);
  if (!info) {
    log(`There is no lab in ${paths.dir}.`);
    return;
  }
  checkRoot();
  const count = vmids(paths).length;
  await teardown(paths, info, { kill: true, log });
  const [left] = mountsBelow(paths.dir);
  if (left) throw new LabError(`Unable to remove the lab: ${left} is mounted. Unmount it first.`);
  rmSync(paths.dir, { recursive: true, force: true });
  log(`Removed the lab ${info.name}: ${count} containers, API, bridge, mounts and ${paths.dir}.`);
}

/** What a lab is doing; undefined if there is none. */
export async function labStatus(
  options: Pick<LabOptions, "dir"> = {},
): Promise<LabStatus | undefined> {
  const paths = labPaths(dirOf(options));
  const info = readLab(paths.dir);
  if (!info) return undefined;
  const running = daemonPid(paths) !== undefined;
  if (running) checkRoot();
  const containers = running
    ? await ask<LabStatus["containers"]>(paths.dir, info.port, "/cluster/resources?type=vm")
    : [];
  return { info, running, containers };
}
