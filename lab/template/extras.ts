import { mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { cacheDir } from "../paths";
import { authentik } from "./extras/authentik";
import { buildExtra, entryOf, type Extra } from "./extras/extra";
import { gitea } from "./extras/gitea";
import { jre } from "./extras/jre";
import { keycloak } from "./extras/keycloak";
import { node } from "./extras/node";
import { oauth2Proxy } from "./extras/oauth2-proxy";
import { pgaudit } from "./extras/pgaudit";
import type { Log } from "./store";

export type { Extra } from "./extras/extra";

/**
 * What is needed beyond the template, by the folder of a service's module in nixos/modules, or by the
 * package of an extension of PostgreSQL.
 */
const OF_MODULE: Readonly<Record<string, readonly Extra[]>> = {
  authentik: [node, authentik],
  forgejo: [gitea],
  keycloak: [jre, keycloak, oauth2Proxy],
  pgaudit: [pgaudit],
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

/** Builds the extras that are not in the cache yet, and shows them to containers. */
export async function buildExtras(extras: readonly Extra[], log: Log): Promise<void> {
  for (const extra of extras) publish(extra, await buildExtra(extra, log));
}

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
