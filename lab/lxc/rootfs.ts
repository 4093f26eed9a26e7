import { chownSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { LabError } from "../errors";
import type { LabPaths } from "../paths";
import { run } from "../run";
import { containerPaths } from "./command";
import { rootOf, type ContainerSpec } from "./spec";

/** The mounts at and below a folder, deepest first. */
export function mountsBelow(dir: string): string[] {
  return readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => (line.split(" ")[1] ?? "").replace(/\\040/g, " "))
    .filter((target) => target === dir || target.startsWith(`${dir}/`))
    .sort((a, b) => b.length - a.length);
}

/** Makes the empty disk of a new container. */
export function makeDisk(paths: LabPaths, spec: ContainerSpec): void {
  const at = containerPaths(paths, spec.vmid);
  mkdirSync(at.dir, { recursive: true });
  const own = [at.rootfs, at.upper, ...spec.mountPoints.map(({ key }) => at.volume(key))];
  for (const dir of own) {
    mkdirSync(dir, { recursive: true });
    chownSync(dir, rootOf(spec), rootOf(spec));
  }
  mkdirSync(at.work, { recursive: true });
}

/**
 * Mounts a container's root file system: the template's layers, shared and never written, below
 * the container's own.
 */
export async function mountRootfs(
  paths: LabPaths,
  vmid: number,
  layers: readonly string[],
): Promise<void> {
  const at = containerPaths(paths, vmid);
  if (mountsBelow(at.rootfs).includes(at.rootfs)) return;
  const options = [
    `lowerdir=${layers.join(":")}`,
    `upperdir=${at.upper}`,
    `workdir=${at.work}`,
    // A layer may be newer at the next start; these would remember the old one.
    "index=off",
    "metacopy=off",
  ];
  await run("mount", ["-t", "overlay", "nixmox-lab", "-o", options.join(), at.rootfs]).catch(
    (error: Error) => {
      throw new LabError(`Unable to mount the disk of container ${vmid}: ${error.message}.`);
    },
  );
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

/** Removes a stopped container's disk and all else that the lab keeps of it. */
export async function removeDisk(paths: LabPaths, vmid: number): Promise<void> {
  const { dir } = containerPaths(paths, vmid);
  await unmountBelow(dir);
  rmSync(dir, { recursive: true, force: true });
}
