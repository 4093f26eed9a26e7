import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatPath } from "../../manifest/issue";
import { type Loaded, loadManifest, type LoadOptions, ManifestError } from "../../manifest/load";

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
export function load(text: string, name = "manifest.toml", options: LoadOptions = {}): Loaded {
  const folder = mkdtempSync(join(tmpdir(), "nixmox-unit-"));
  const before = process.cwd();
  try {
    writeFileSync(join(folder, name), text);
    process.chdir(folder);
    return loadManifest(name, options);
  } finally {
    process.chdir(before);
    rmSync(folder, { recursive: true });
  }
}

/** The error with which a manifest is refused. */
export function refusal(text: string, name?: string, options?: LoadOptions): ManifestError {
  try {
    load(text, name, options);
  } catch (error) {
    assert.ok(error instanceof ManifestError, String((error as Error).stack));
    return error;
  }
  throw new Error("the manifest was accepted");
}

/** The issues of a refused manifest, as `code path`, in the order of the file. */
export function issuesOf(text: string, name?: string, options?: LoadOptions): string[] {
  return refusal(text, name, options).issues.map(({ code, path }) =>
    `${code} ${formatPath(path)}`.trim(),
  );
}
