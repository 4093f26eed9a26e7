import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LabError } from "../../errors";
import { run, type CommandError } from "../../run";
import { buildBase } from "../base";
import { SUITE } from "../packages";
import { aptOptions, debianSources } from "../sources";
import type { Log } from "../store";

/** Puts the files of a package, and of those that the template lacks for it, into a folder. */
export async function extractPackage(name: string, dir: string, log: Log): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), "nixmox-package-"));
  try {
    const packages = await download(name, work, log);
    for (const file of packages) await run("dpkg-deb", ["--extract", file, dir]);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Downloads what the template's Debian would install, by an apt that knows nothing but that. */
async function download(name: string, work: string, log: Log): Promise<string[]> {
  const rootfs = join(await buildBase(log), "rootfs");
  for (const path of ["state/lists/partial", "cache/archives/partial", "parts"]) {
    mkdirSync(join(work, path), { recursive: true });
  }
  const sources = join(work, "debian.list");
  writeFileSync(sources, `${(await debianSources()).join("\n")}\n`);
  const settings = [
    `Dir::State "${join(work, "state")}"`,
    `Dir::State::status "${join(rootfs, "var/lib/dpkg/status")}"`,
    `Dir::Cache "${join(work, "cache")}"`,
    `Dir::Etc::sourcelist "${sources}"`,
    `Dir::Etc::sourceparts "${join(work, "parts")}"`,
    `Dir::Etc::preferencesparts "${join(work, "parts")}"`,
    "Apt::Install-Recommends false",
    // The files are root's, and apt's own user cannot get to them.
    'APT::Sandbox::User "root"',
    ...(await aptOptions()),
  ];
  const configuration = join(work, "apt.conf");
  writeFileSync(configuration, settings.map((line) => `${line};\n`).join(""));
  const apt = (...args: string[]) =>
    run("apt-get", ["--quiet", ...args], { env: { ...process.env, APT_CONFIG: configuration } });
  log(`  downloading ${name}`);
  await apt("update")
    .then(() => apt("--yes", "--download-only", "install", name))
    .catch((error: CommandError) => {
      throw new LabError(
        `Unable to download ${name} for ${SUITE}: ${error.message}. ` +
          "Check that `apt-get update` works.",
      );
    });
  const archives = join(work, "cache", "archives");
  return readdirSync(archives)
    .filter((name) => name.endsWith(".deb"))
    .map((name) => join(archives, name));
}
