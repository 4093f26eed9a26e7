import { createHash } from "node:crypto";
import { mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { cacheDir } from "../paths";
import { run } from "../run";
import type { Extra } from "./extras/extra";
import { gitea } from "./extras/gitea";
import { once, type Log } from "./store";

export type { Extra } from "./extras/extra";

/** What the modules of services need beyond the template, by the module's folder in nixos/modules. */
const OF_MODULE: Readonly<Record<string, readonly Extra[]>> = {
  forgejo: [gitea],
};

/** The modules that need any. */
export const MODULES: readonly string[] = Object.keys(OF_MODULE);

/** Where extras are kept between labs. Containers see this folder; it is safe to show to all. */
export function extrasDir(): string {
  return join(cacheDir(), "extras");
}

/** The extras that services with these modules need, each once. */
export function extrasOf(modules: readonly string[]): Extra[] {
  const asked = modules.flatMap((name) => (Object.hasOwn(OF_MODULE, name) ? OF_MODULE[name]! : []));
  return [...new Set(asked)];
}

/** Identifies an extra by everything that its build depends on. */
export function identify(...recipe: unknown[]): string {
  return createHash("sha256").update(JSON.stringify(recipe)).digest("hex").slice(0, 16);
}

/** Builds the extras that are not in the cache yet, and shows them to containers. */
export async function buildExtras(extras: readonly Extra[], log: Log): Promise<void> {
  for (const extra of extras) publish(extra, await buildExtra(extra, log));
}

/** The folder of one extra, built if it does not exist yet. */
export async function buildExtra(extra: Extra, log: Log): Promise<string> {
  return once("extras", entryOf(extra), async (dir) => {
    log(`Building ${extra.title} for the lab (once).`);
    const began = Date.now();
    await extra.build(dir, log);
    // A container's users are nobody in particular outside of it.
    await run("chmod", ["-R", "u+rwX,go+rX,go-w", dir]);
    log(`  built in ${Math.round((Date.now() - began) / 1000)} s`);
  });
}

const entryOf = (extra: Extra) => `${extra.name}-${extra.id()}`;

/**
 * Gives a build its name without an id. The link is replaced as a whole, so that running containers
 * always find one version or the other.
 */
function publish(extra: Extra, dir: string): void {
  const link = join(extrasDir(), extra.name);
  const entry = entryOf(extra);
  if (isLinkTo(link, entry)) return;
  mkdirSync(extrasDir(), { recursive: true });
  const partial = `${dir}.link-${process.pid}`;
  rmSync(partial, { force: true });
  symlinkSync(entry, partial);
  renameSync(partial, link);
}

function isLinkTo(link: string, target: string): boolean {
  try {
    return readlinkSync(link) === target;
  } catch {
    return false;
  }
}
