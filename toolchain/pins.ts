import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A resource plugin, and its vendor's server if Pulumi does not know it. */
export interface PluginPin {
  readonly name: string;
  readonly version: string;
  readonly server?: string;
}

/** Plugins that only some programs use, and that are provided when they are asked for. */
export const optionalPlugins: readonly string[] = ["keycloak"];

/** The versions to provide. */
export interface Pins {
  /** Version of the engine. */
  readonly pulumi: string;
  readonly plugins: readonly PluginPin[];
}

interface Manifest {
  readonly version: string;
  readonly dependencies?: Record<string, string>;
  readonly pulumi?: { resource?: boolean; name: string; version: string; server?: string };
}

/**
 * The versions that a project's npm packages require: the engine has the SDK's version, and each
 * provider package names its plugin.
 */
export function readPins(project: string): Pins {
  const names = Object.keys(read(join(project, "package.json")).dependencies ?? {});
  const installed = (name: string) => read(join(project, "node_modules", name, "package.json"));
  const plugins = names
    .map((name) => installed(name).pulumi)
    .filter((plugin) => plugin?.resource === true)
    .map((plugin) => ({ name: plugin!.name, version: plugin!.version, server: plugin!.server }));
  return { pulumi: installed("@pulumi/pulumi").version, plugins };
}

/** The plugins that every program uses, and the optional ones among these names. */
export function wantedPlugins({ plugins }: Pins, names: readonly string[]): PluginPin[] {
  return plugins.filter(({ name }) => !optionalPlugins.includes(name) || names.includes(name));
}

function read(file: string): Manifest {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Manifest;
  } catch (error) {
    throw new Error(
      `Unable to find out which Pulumi is needed: ${(error as Error).message}. Run \`npm ci\`.`,
    );
  }
}
