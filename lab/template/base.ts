import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { LabError } from "../errors";
import { CommandError, run } from "../run";
import { buildGoProgram } from "./goProgram";
import { identify } from "./identify";
import { DISABLED_UNITS, FILES, MASKED_UNITS, MINIFLUX, PACKAGES, SUITE } from "./packages";
import { aptOptions, debianSources } from "./sources";
import { once, shift, type Log } from "./store";

/** Must be increased when the recipe below changes in a way that the lists do not show. */
const RECIPE = 1;

/** Builds Debian with everything the lab's hosts may run, once for all labs of this user. */
export async function buildBase(log: Log): Promise<string> {
  const id = identify(RECIPE, SUITE, PACKAGES, DISABLED_UNITS, MASKED_UNITS, FILES, MINIFLUX);
  return once("template", id, async (dir) => {
    log("Building the container template (once, about a minute).");
    await checkGo();
    const rootfs = join(dir, "rootfs");
    await bootstrap(rootfs, log);
    await customise(rootfs);
    const miniflux = await buildMiniflux(log);
    const bin = join(rootfs, "usr/lib/nixmox-lab/bin");
    mkdirSync(bin, { recursive: true });
    copyFileSync(join(miniflux, "miniflux"), join(bin, "miniflux"));
    chmodSync(dir, 0o755);
    log("  creating its copy for unprivileged containers");
    await shift(rootfs, join(dir, "shifted"));
  });
}

async function bootstrap(rootfs: string, log: Log): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "nixmox-sources-"));
  try {
    const sources = join(dir, "debian.list");
    writeFileSync(sources, `${(await debianSources()).join("\n")}\n`);
    const before = join(dir, "before.sh");
    const path = "etc/postgresql-common";
    writeFileSync(
      before,
      `mkdir -p "$1/${path}"\nprintf '%s' "$CREATECLUSTER" >"$1/${path}/createcluster.conf"\n`,
    );
    const args = [
      "--mode=root",
      "--variant=minbase",
      "--format=directory",
      "--skip=cleanup/reproducible",
      ...["Apt::Install-Recommends false", ...(await aptOptions())].map((o) => `--aptopt=${o}`),
      // Debian would create a database cluster at once; here, the NixOS configuration decides.
      `--essential-hook=sh ${before} "$1"`,
      `--include=${PACKAGES.join()}`,
      SUITE,
      rootfs,
      sources,
    ];
    const onLine = (line: string) => {
      const step = /^I: (?!success)(.*)$/.exec(line)?.[1];
      if (step && !/hook|running --/.test(step)) log(`  ${step}`);
    };
    const env = {
      ...process.env,
      CREATECLUSTER: FILES["etc/postgresql-common/createcluster.conf"],
    };
    await run("mmdebstrap", args, { onLine, env }).catch((error: CommandError) => {
      throw new LabError(
        `Unable to build the template: ${lastErrors(error)}. ` +
          "Check that `apt-get update` works and that /var/tmp and the cache have 2 GB free.",
      );
    });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function lastErrors({ stderr, message }: CommandError): string {
  const errors = stderr.split("\n").filter((line) => /^(E|Err|W): ?/.test(line));
  return errors.slice(-3).join("; ").replace(/\.$/, "") || message;
}

async function customise(rootfs: string): Promise<void> {
  for (const [path, content] of Object.entries(FILES)) {
    const file = join(rootfs, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  const systemctl = (verb: string, units: readonly string[]) =>
    run("systemctl", [`--root=${rootfs}`, verb, ...units]).catch(() =>
      run("chroot", [rootfs, "systemctl", verb, ...units]),
    );
  await systemctl("disable", DISABLED_UNITS);
  await systemctl("mask", MASKED_UNITS);
  // Every container gets its own keys and id.
  for (const path of ["etc/ssh/ssh_host_*", "etc/machine-id", "var/lib/dbus/machine-id"]) {
    await run("sh", ["-c", `rm -f "$0"/${path}`, rootfs]);
  }
}

async function checkGo(): Promise<void> {
  await run("go", ["version"]).catch(() => {
    throw new LabError("Unable to build the template: go not found. Install Go 1.24 or later.");
  });
}

/** Builds Miniflux from its published module, checked against go.sum. */
async function buildMiniflux(log: Log): Promise<string> {
  const source = join(__dirname, "miniflux");
  const recipe = readFileSync(join(source, "go.sum"));
  const id = createHash("sha256").update(recipe).digest("hex").slice(0, 16);
  return once("miniflux", id, async (dir) => {
    log("  building Miniflux");
    const { module, version } = MINIFLUX;
    const variable = `${module}/internal/version.Version`;
    await buildGoProgram(
      { title: "Miniflux", module, version, source, variable },
      join(dir, "miniflux"),
    );
  });
}
