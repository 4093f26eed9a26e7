import { createHash } from "node:crypto";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { execa } from "execa";
import checksumFile from "./checksums.json";
import type { PluginPin } from "./pins";

/** Where the vendor serves releases. */
export const vendor = "https://get.pulumi.com/releases/sdk";

/** SHA-256 of the archives that may be used, by file name; README.md says how they get here. */
export type Checksums = Readonly<Record<string, string>>;

const known: Checksums = checksumFile;

const connectTimeout = 4_000;
const downloadTimeout = 10 * 60_000;

/** The vendor's site if it can't be reached; it takes seconds to find out. */
export async function unreachableSite(releases = vendor): Promise<string | undefined> {
  const { origin, host } = new URL(releases);
  return fetch(origin, { method: "HEAD", signal: AbortSignal.timeout(connectTimeout) }).then(
    () => undefined,
    () => host,
  );
}

/** Downloads an engine with its language hosts into a folder, after checking its checksum. */
export async function downloadEngine(
  version: string,
  bin: string,
  checksums: Checksums = known,
  releases = vendor,
): Promise<void> {
  const file = `pulumi-v${version}-${platform()}-${process.arch}.tar.gz`;
  const expected = checksumOf(file, checksums);
  const archive = await get(`${releases}/${file}`);
  const actual = createHash("sha256").update(archive).digest("hex");
  if (actual !== expected) {
    throw new Error(`the checksum of ${file} is ${actual}, not ${expected}: it must not be used`);
  }

  const partial = `${bin}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const packed = join(dirname(bin), file);
  writeFileSync(packed, archive);
  await execa("tar", ["-xzf", packed, "--strip-components=1", "-C", partial]);
  rmSync(packed);
  renameSync(partial, bin);
}

/** Has Pulumi download a plugin from its vendor and check its checksum. */
export async function downloadPlugin(
  bin: string,
  plugin: PluginPin,
  checksums: Checksums = known,
): Promise<void> {
  const { name, version, server } = plugin;
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const file = `pulumi-resource-${name}-v${version}-${platform()}-${architecture}.tar.gz`;
  const args = ["plugin", "install", "resource", name, version, "--reinstall"];
  const more = ["--checksum", checksumOf(file, checksums), ...(server ? ["--server", server] : [])];
  const env = { PULUMI_SKIP_UPDATE_CHECK: "true" };
  await execa(join(bin, "pulumi"), [...args, ...more], { env, timeout: downloadTimeout });
}

/** What is not known is not downloaded: a site must not vouch for what it serves itself. */
function checksumOf(file: string, checksums: Checksums): string {
  const expected = checksums[file];
  if (expected === undefined) {
    throw new Error(`toolchain/checksums.json has no checksum of ${file}`);
  }
  return expected;
}

function platform(): string {
  if (process.platform === "linux" || process.platform === "darwin") return process.platform;
  throw new Error(`there is no archive for ${process.platform}`);
}

async function get(url: string): Promise<Buffer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(downloadTimeout) });
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}
