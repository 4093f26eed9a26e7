import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LabError } from "../../errors";
import { run, type CommandError } from "../../run";
import { buildBase } from "../base";
import { SUITE } from "../packages";
import { aptOptions, debianSources } from "../sources";
import { identify } from "../identify";
import type { Log } from "../store";
import type { Extra } from "./extra";

/** Must be increased when the recipe below changes in a way that the packages do not show. */
const RECIPE = 2;
const PACKAGE = "openjdk-17-jre-headless";
const HOME = "usr/lib/jvm/java-17-openjdk-amd64";
const CONFIGURATION = "etc/java-17-openjdk";

/** One of the template's authorities. */
const AUTHORITY = "usr/share/ca-certificates/mozilla/ISRG_Root_X1.crt";

/** Runs from wherever the folder is: the machine that builds has it elsewhere than containers. */
const LAUNCHER = `#!/bin/sh
root=$(dirname "$(dirname "$(readlink -f "$0")")")
export LD_LIBRARY_PATH="$root/usr/lib/x86_64-linux-gnu\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
exec "$root/${HOME}/bin/\${0##*/}" "$@"
`;

/** Java for the template's Debian, with the libraries that the template lacks. */
export const jre: Extra = {
  name: "jre",
  title: "Java 17",
  id: () => identify(RECIPE, SUITE, PACKAGE),
  async build(dir, log) {
    const work = mkdtempSync(join(tmpdir(), "nixmox-jre-"));
    try {
      const packages = await download(work, log);
      for (const file of packages) await run("dpkg-deb", ["--extract", file, dir]);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
    makeSelfContained(dir);
    writeLauncher(dir);
    await trust(dir, join(await buildBase(log), "rootfs", AUTHORITY));
  },
};

/** Downloads what the template's Debian would install, by an apt that knows nothing but that. */
async function download(work: string, log: Log): Promise<string[]> {
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
  log(`  downloading ${PACKAGE}`);
  await apt("update")
    .then(() => apt("--yes", "--download-only", "install", PACKAGE))
    .catch((error: CommandError) => {
      throw new LabError(
        `Unable to download ${PACKAGE} for ${SUITE}: ${error.message}. ` +
          "Check that `apt-get update` works.",
      );
    });
  const archives = join(work, "cache", "archives");
  return readdirSync(archives)
    .filter((name) => name.endsWith(".deb"))
    .map((name) => join(archives, name));
}

/** Debian keeps Java's configuration below /etc, and links to it from many places. */
function makeSelfContained(dir: string): void {
  const links = readdirSync(join(dir, HOME), { withFileTypes: true, recursive: true }).filter(
    (entry) => entry.isSymbolicLink(),
  );
  for (const { parentPath, name } of links) {
    const link = join(parentPath, name);
    const target = readlinkSync(link);
    if (!target.startsWith(`/${CONFIGURATION}`)) continue;
    rmSync(link);
    cpSync(join(dir, target), link, { recursive: true });
  }
}

/**
 * Keycloak does not start without any authorities. Debian gathers them when the package is installed; here
 * one is enough, since nothing in the lab asks anyone outside.
 */
async function trust(dir: string, certificate: string): Promise<void> {
  const store = join(dir, HOME, "lib", "security", "cacerts");
  rmSync(store, { force: true });
  const options = ["-noprompt", "-alias", "isrg-root-x1", "-file", certificate];
  const access = ["-keystore", store, "-storetype", "PKCS12", "-storepass", "changeit"];
  await run(join(dir, "bin", "keytool"), ["-importcert", ...options, ...access]);
}

function writeLauncher(dir: string): void {
  mkdirSync(join(dir, "bin"));
  writeFileSync(join(dir, "bin", "java"), LAUNCHER);
  chmodSync(join(dir, "bin", "java"), 0o755);
  symlinkSync("java", join(dir, "bin", "keytool"));
}
