import { createHash } from "node:crypto";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { execa } from "execa";
import type { PluginPin } from "./pins";

/** Where the vendor serves releases, and, elsewhere, their checksums. */
export const vendor = {
  releases: "https://get.pulumi.com/releases/sdk",
  checksums: "https://github.com/pulumi/pulumi/releases/download",
};

const connectTimeout = 4_000;
const downloadTimeout = 10 * 60_000;

/** The first of the vendor's sites that cannot be reached; it takes seconds to find out. */
export async function unreachableSite(sites = vendor): Promise<string | undefined> {
  const origins = Object.values(sites).map((url) => new URL(url));
  const answers = await Promise.all(
    origins.map(({ origin }) =>
      fetch(origin, { method: "HEAD", signal: AbortSignal.timeout(connectTimeout) }).then(
        () => true,
        () => false,
      ),
    ),
  );
  return origins[answers.indexOf(false)]?.host;
}

/** Downloads an engine with its language hosts into a folder, after checking its checksum. */
export async function downloadEngine(version: string, bin: string, sites = vendor): Promise<void> {
  const file = `pulumi-v${version}-${platform()}-${process.arch}.tar.gz`;
  const [archive, checksums] = await Promise.all([
    get(`${sites.releases}/${file}`),
    get(`${sites.checksums}/v${version}/pulumi-${version}-checksums.txt`),
  ]);
  verify(file, archive, checksums.toString("utf8"));

  const partial = `${bin}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const packed = join(dirname(bin), file);
  writeFileSync(packed, archive);
  await execa("tar", ["-xzf", packed, "--strip-components=1", "-C", partial]);
  rmSync(packed);
  renameSync(partial, bin);
}

/** Has Pulumi download a plugin from its vendor. */
export async function downloadPlugin(bin: string, plugin: PluginPin): Promise<void> {
  const server = plugin.server ? ["--server", plugin.server] : [];
  const args = ["plugin", "install", "resource", plugin.name, plugin.version, "--reinstall"];
  const env = { PULUMI_SKIP_UPDATE_CHECK: "true" };
  await execa(join(bin, "pulumi"), [...args, ...server], { env, timeout: downloadTimeout });
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

function verify(file: string, content: Buffer, checksums: string): void {
  const line = checksums.split("\n").find((each) => each.trim().endsWith(` ${file}`));
  const expected = line?.trim().split(/\s+/)[0];
  if (expected === undefined) throw new Error(`the vendor's checksums do not list ${file}`);
  const actual = createHash("sha256").update(content).digest("hex");
  if (actual !== expected) {
    throw new Error(`the checksum of ${file} is ${actual}, not ${expected}: it must not be used`);
  }
}
