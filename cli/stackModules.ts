import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { loadManifest } from "../manifest/load";
import { readStackFile } from "../settings/stackFile";

const KEY = "nixmox:manifest";

/** The file of a stack's manifest. */
function manifestOf(project: string, stack: string): string {
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
  try {
    const { manifest } = loadManifest(manifestOf(project, stack));
    return [...new Set(manifest.services.flatMap(({ modules }) => modules))];
  } catch {
    return [];
  }
}
