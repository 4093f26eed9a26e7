import { chownSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { LabError } from "../errors";
import type { LabPaths } from "../paths";
import { run } from "../run";
import { containerPaths } from "./command";
import { rootOf, type ContainerSpec } from "./spec";

/** The kernel writes blanks, line feeds and backslashes of a path in octal. */
const unescape = (text: string) =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));

/** The mounts at and below a folder, deepest first. */
export function mountsBelow(dir: string): string[] {
  return readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => unescape(line.split(" ")[1] ?? ""))
    .filter((target) => target === dir || target.startsWith(`${dir}/`))
    .sort((a, b) => b.length - a.length);
}

/** Creates a container's missing disks, empty. */
function makeDisks(at: ReturnType<typeof containerPaths>, spec: ContainerSpec): void {
  mkdirSync(at.work, { recursive: true });
  const volumes = spec.mountPoints.filter(({ source }) => !source.startsWith("/"));
  for (const dir of [at.upper, ...volumes.map(({ source }) => at.volume(source))]) {
    if (existsSync(dir)) continue;
    mkdirSync(dir, { recursive: true });
    chownSync(dir, rootOf(spec), rootOf(spec));
  }
}

async function mount(vmid: number, target: string, args: readonly string[]): Promise<void> {
  if (mountsBelow(target).includes(target)) return;
  mkdirSync(target, { recursive: true });
  await run("mount", [...args, target]).catch((error: Error) => {
    throw new LabError(`Unable to mount the disk of container ${vmid}: ${error.message}.`);
  });
}

/**
 * Mounts a container's disks. Its root is the template's layers, shared and never written, below
 * what the container wrote itself.
 */
export async function mountDisks(
  paths: LabPaths,
  spec: ContainerSpec,
  layers: readonly string[],
): Promise<void> {
  const at = containerPaths(paths, spec.vmid);
  makeDisks(at, spec);
  const options = [
    `lowerdir=${layers.join(":")}`,
    `upperdir=${at.upper}`,
    `workdir=${at.work}`,
    // A layer may be newer at the next start; these would remember the old one.
    "index=off",
    "metacopy=off",
  ];
  await mount(spec.vmid, at.rootfs, ["-t", "overlay", "nixmox-lab", "-o", options.join()]);
  for (const { key, source } of spec.mountPoints) {
    // Another disk may have had the key before.
    await unmountBelow(at.mountedVolume(key));
    await mount(spec.vmid, at.mountedVolume(key), ["--bind", at.volume(source)]);
  }
}

/**
 * Shows containers the extras: a folder that the root of an unprivileged one can get to, and that
 * nobody can write to from there.
 */
export async function mountExtras(paths: LabPaths, extras: string): Promise<void> {
  mkdirSync(extras, { recursive: true });
  if (mountsBelow(paths.extras).includes(paths.extras)) return;
  mkdirSync(paths.extras, { recursive: true });
  await run("mount", ["--bind", "--options", "ro", extras, paths.extras]).catch((error: Error) => {
    throw new LabError(`Unable to show ${extras} to containers: ${error.message}.`);
  });
}

/** Unmounts everything below a folder. */
export async function unmountBelow(dir: string): Promise<void> {
  for (const target of mountsBelow(dir)) {
    await run("umount", [target]).catch((error: Error) => {
      throw new LabError(
        `Unable to unmount ${target}: ${error.message}. See what uses it with \`fuser -vm ${target}\`.`,
      );
    });
  }
}

/** Removes a disk that a container no longer has. */
export function removeVolume(paths: LabPaths, vmid: number, source: string): void {
  if (source.startsWith("/")) return;
  rmSync(containerPaths(paths, vmid).volume(source), { recursive: true, force: true });
}

/** Removes a stopped container's disks and everything else that the lab keeps for it. */
export async function removeDisks(paths: LabPaths, vmid: number): Promise<void> {
  const { dir, running } = containerPaths(paths, vmid);
  await unmountBelow(running);
  rmSync(running, { recursive: true, force: true });
  rmSync(dir, { recursive: true, force: true });
}
