import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import type { Build } from "./build";
import type { PluginPin } from "./pins";
import { pluginDir } from "./places";

/** A file beside a plugin that was built here; it names the sources. */
const marker = "nixmox-build";

/** Whether Pulumi has a plugin: the vendor's, or one that was built from the current sources. */
export async function hasPlugin(plugin: PluginPin, build: () => Promise<Build>): Promise<boolean> {
  const dir = pluginDir(plugin);
  if (!existsSync(join(dir, `pulumi-resource-${plugin.name}`))) return false;
  const mark = join(dir, marker);
  return !existsSync(mark) || readFileSync(mark, "utf8") === (await build()).id;
}

/** Installs a plugin that was built here. */
export async function installPlugin(
  bin: string,
  plugin: PluginPin,
  build: Build,
  file: string,
): Promise<void> {
  const args = ["plugin", "install", "resource", plugin.name, plugin.version, "--file", file];
  const env = { PULUMI_SKIP_UPDATE_CHECK: "true" };
  await execa(join(bin, "pulumi"), [...args, "--reinstall"], { env });
  writeFileSync(join(pluginDir(plugin), marker), build.id);
}
