import { execFile } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { cacheRoot } from "./places";

const exec = promisify(execFile);

/** The folder of a Pulumi on PATH that fits and has its Node.js language host. */
export async function installedEngine(pinned: string): Promise<string | undefined> {
  const folders = (process.env.PATH ?? "").split(delimiter);
  // What was built for another state of the sources may be on PATH, too: see `npm run env`.
  const bin = folders.find(
    (dir) => !dir.startsWith(cacheRoot()) && existsSync(join(dir, "pulumi")),
  );
  if (bin === undefined || !hasLanguageHost(bin, folders)) return undefined;
  return fits(await engineVersion(bin), pinned) ? bin : undefined;
}

function hasLanguageHost(bin: string, folders: readonly string[]): boolean {
  const beside = dirname(realpathSync(join(bin, "pulumi")));
  return [beside, ...folders].some((dir) => existsSync(join(dir, "pulumi-language-nodejs")));
}

async function engineVersion(bin: string): Promise<string> {
  try {
    const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
    return (await exec(join(bin, "pulumi"), ["version"], { env })).stdout;
  } catch {
    return "";
  }
}

/** Whether a version can stand in for the pinned one: the same major, and not older. */
export function fits(version: string, pinned: string): boolean {
  const [major, minor, patch] = numbers(version);
  const [pinnedMajor, pinnedMinor, pinnedPatch] = numbers(pinned);
  if (major !== pinnedMajor || Number.isNaN(minor)) return false;
  return minor > pinnedMinor || (minor === pinnedMinor && patch >= pinnedPatch);
}

function numbers(version: string): [number, number, number] {
  const [, major, minor, patch] = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version.trim()) ?? [];
  return [Number(major), Number(minor), Number(patch)];
}
