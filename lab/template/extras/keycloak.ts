import { createHash } from "node:crypto";
import { createReadStream, mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { LabError } from "../../errors";
import { run, type CommandError } from "../../run";
import { identify } from "../identify";
import type { Log } from "../store";
import { buildExtra, type Extra } from "./extra";
import { jre } from "./jre";

const VERSION = "26.7.3";
const ARTIFACT = `org.keycloak:keycloak-quarkus-dist:${VERSION}:tar.gz`;
/** Of the archive that Maven Central serves. */
const SHA256 = "77657f30b7e90d70f727712ce1c967f430fd6a5e9f458d32d8c6df0635345f47";
const MAVEN_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:2.8";
/** What Keycloak wants to know when it is built; the rest can be set at every start. */
const BUILD_OPTIONS = ["--db=postgres", "--health-enabled=true"];

/** Keycloak is in no Debian release; its releases are in Maven Central. */
export const keycloak: Extra = {
  name: "keycloak",
  title: `Keycloak ${VERSION}`,
  id: () => identify(SHA256, BUILD_OPTIONS, jre.id()),
  async build(dir, log) {
    const java = await buildExtra(jre, log);
    const work = mkdtempSync(join(tmpdir(), "nixmox-keycloak-"));
    try {
      const archive = await downloadKeycloak(work, log);
      await run("tar", ["-xzf", archive, "--strip-components=1", "--no-same-owner", "-C", dir]);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
    log("  preparing it for PostgreSQL (about a minute)");
    const env = { ...process.env, HOME: homedir(), JAVA_HOME: java };
    await run(join(dir, "bin", "kc.sh"), ["build", ...BUILD_OPTIONS], { env });
  },
};

/** Downloads the archive with Maven, which knows mirrors and proxies, and checks it. */
export async function downloadKeycloak(dir: string, log: Log): Promise<string> {
  log(`  downloading ${ARTIFACT} from Maven Central`);
  const options = [`-Dartifact=${ARTIFACT}`, `-DoutputDirectory=${dir}`];
  const args = ["--batch-mode", "--quiet", `${MAVEN_PLUGIN}:copy`, ...options];
  const failed = (why: string, what: string) =>
    new LabError(`Unable to download Keycloak ${VERSION}: ${why}. ${what}`);
  await run("mvn", args, { env: { ...process.env, HOME: homedir() } }).catch(
    ({ code, message }: CommandError) => {
      if (code === "ENOENT") throw failed("mvn not found", "Run `apt-get install maven`.");
      throw failed(message, "Check that Maven reaches Maven Central or a mirror of it.");
    },
  );
  const file = join(dir, `keycloak-quarkus-dist-${VERSION}.tar.gz`);
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  const actual = hash.digest("hex");
  if (actual !== SHA256) {
    throw failed(
      `the SHA-256 of the archive is ${actual}, not ${SHA256}`,
      "Remove ~/.m2/repository/org/keycloak, and look at what Maven's mirror serves.",
    );
  }
  return file;
}
