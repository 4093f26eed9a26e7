import { homedir } from "node:os";
import { join } from "node:path";
import type { PluginPin } from "./pins";

/** Where downloads and builds are kept, for all checkouts. */
export function cacheRoot(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "nixmox", "toolchain");
}

/** Where Pulumi keeps a plugin. */
export function pluginDir({ name, version }: PluginPin): string {
  const home = process.env.PULUMI_HOME || join(homedir(), ".pulumi");
  return join(home, "plugins", `resource-${name}-v${version}`);
}
