import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { loadManifest } from "../manifest/load";
import type { ServiceSpec } from "../manifest/resolve/spec";
import { readStackFile } from "../settings/stackFile";
import { optionalPlugins } from "../toolchain/pins";

const KEY = "nixmox:manifest";

/** The file of a stack's manifest. */
export function manifestOf(project: string, stack: string): string {
  const { config } = parse(readFileSync(join(project, "Pulumi.yaml"), "utf8")) as {
    config: Record<string, { default: string }>;
  };
  const chosen = readStackFile(join(project, `Pulumi.${stack}.yaml`))[KEY];
  return resolve(project, typeof chosen === "string" ? chosen : config[KEY]!.default);
}

/**
 * The modules that a stack's services are made of. None if the manifest cannot be loaded: the
 * program says why, once it runs.
 */
export function modulesOf(project: string, stack: string): string[] {
  return [...new Set(servicesOf(project, stack).flatMap(({ modules }) => modules))];
}

/** The packages of PostgreSQL extensions that a stack's database servers need. */
export function extensionPackagesOf(project: string, stack: string): string[] {
  const needs = servicesOf(project, stack).flatMap(
    ({ database_needs }) => database_needs?.extensions ?? [],
  );
  return [...new Set(needs.flatMap(({ package: name }) => name ?? []))];
}

/** A stack's services; none if its manifest cannot be loaded. */
export function servicesOf(project: string, stack: string): readonly ServiceSpec[] {
  try {
    return loadManifest(manifestOf(project, stack)).manifest.services;
  } catch {
    return [];
  }
}

/**
 * The optional plugins that a stack needs: each has the name of the module whose service it
 * configures. What the manifest no longer has may still be in the state, to be deleted.
 */
export function pluginsOf(project: string, stack: string): string[] {
  const modules = modulesOf(project, stack);
  const state = stateOf(project, stack);
  return optionalPlugins.filter(
    (name) => modules.includes(name) || state.includes(`pulumi:providers:${name}`),
  );
}

function stateOf(project: string, stack: string): string {
  const folder = join(project, ".nixmox", "state", ".pulumi", "stacks", "nixmox");
  const file = join(folder, `${stack}.json`);
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}
