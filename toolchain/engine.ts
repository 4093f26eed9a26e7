import { existsSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { execa } from "execa";
import semver from "semver";
import { cacheRoot } from "./places";

/** The folder of a Pulumi on PATH that can replace the pinned one, with its Node.js language host. */
export async function installedEngine(pinned: string): Promise<string | undefined> {
  const folders = (process.env.PATH ?? "").split(delimiter);
  // `npm run env` may have put a build of older sources on PATH.
  const bin = folders.find(
    (dir) => !dir.startsWith(cacheRoot()) && existsSync(join(dir, "pulumi")),
  );
  if (bin === undefined || !hasLanguageHost(bin, folders)) return undefined;
  return satisfies(await engineVersion(bin), pinned) ? bin : undefined;
}

function hasLanguageHost(bin: string, folders: readonly string[]): boolean {
  const beside = dirname(realpathSync(join(bin, "pulumi")));
  return [beside, ...folders].some((dir) => existsSync(join(dir, "pulumi-language-nodejs")));
}

async function engineVersion(bin: string): Promise<string> {
  const env = { PULUMI_SKIP_UPDATE_CHECK: "true" };
  const { failed, stdout } = await execa(join(bin, "pulumi"), ["version"], { env, reject: false });
  return failed ? "" : stdout;
}

/** Whether a version can replace the pinned one: the same major version, and not older. */
export function satisfies(version: string, pinned: string): boolean {
  const parsed = semver.parse(version.trim());
  return parsed !== null && parsed.major === semver.major(pinned) && semver.gte(parsed, pinned);
}
