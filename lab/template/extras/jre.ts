import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { run } from "../../run";
import { buildBase } from "../base";
import { SUITE } from "../packages";
import { identify } from "../identify";
import { extractPackage } from "./debian";
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
    await extractPackage(PACKAGE, dir, log);
    makeSelfContained(dir);
    writeLauncher(dir);
    await trust(dir, join(await buildBase(log), "rootfs", AUTHORITY));
  },
};

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
