import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Loaded, loadManifest } from "../../manifest/load";

/** A small valid manifest, without the services that a test adds. */
export const base = `
[network]
domain = "nixmox.lan"
network_cidr = "192.168.99.0/24"
gateway = "192.168.99.1"
[core_services.dns]
ip = "192.168.99.13"
[core_services.postgresql]
ip = "192.168.99.11"
ports = [5432]
[core_services.caddy]
ip = "192.168.99.10"
`;

/** Loads manifest text as a file of its own. */
export function load(text: string, name = "manifest.toml"): Loaded {
  const folder = mkdtempSync(join(tmpdir(), "nixmox-unit-"));
  try {
    writeFileSync(join(folder, name), text);
    const before = process.cwd();
    process.chdir(folder);
    try {
      return loadManifest(name);
    } finally {
      process.chdir(before);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The message with which a manifest is refused. */
export function refusal(text: string, name?: string): string {
  try {
    load(text, name);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("the manifest was accepted");
}
