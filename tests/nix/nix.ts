import { execFileSync, spawnSync, type SpawnSyncReturns } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Slice } from "./samples";

export const project = join(__dirname, "..", "..");

/** A folder of this test run's own, with a Nix store in it. */
export const scratch = mkdtempSync(join(tmpdir(), "nixmox-nix-"));
process.on("exit", () => {
  spawnSync("chmod", ["-R", "u+w", scratch]);
  rmSync(scratch, { recursive: true, force: true });
});

/** All that an evaluation can read, besides the project. */
export const flakes = join(scratch, "flakes");
mkdirSync(flakes);
mkdirSync(join(scratch, "conf"));
writeFileSync(
  join(scratch, "conf", "nix.conf"),
  "build-users-group =\nsandbox = false\nsubstituters =\nfsync-metadata = false\n",
);

/** Keeps Nix off this machine's own store and settings. */
export const environment = {
  ...process.env,
  NIX_STORE_DIR: join(scratch, "store"),
  NIX_STATE_DIR: join(scratch, "var"),
  NIX_LOG_DIR: join(scratch, "log"),
  NIX_CONF_DIR: join(scratch, "conf"),
  // What Nix has fetched is known by its URL there, also to a run that has another store.
  XDG_CACHE_HOME: join(scratch, "cache"),
  NIX_PATH: "",
};

/** The system of a host, for {@link evaluateHost}. */
export const system = "configuration.system.build.toplevel.drvPath";

/** What evaluations have failed with so far. */
export const refusals: string[] = [];

/** As on NixOS, where flakes are evaluated: nothing but the project and the flakes can be read. */
const restricted = ["--option", "restrict-eval", "true", "-I", `p=${project}`, "-I", `s=${flakes}`];

/** The value of a Nix expression, in which `lib` and `nixpkgs` are the lab's. */
export function evaluate<T = unknown>(expression: string, flags: readonly string[] = []): T {
  const prelude = `let nixpkgs = import ${project}/lab/nixos/eval { }; inherit (nixpkgs) lib; in`;
  const { status, stdout, stderr } = spawnSync(
    "nix-instantiate",
    [...restricted, "--eval", "--strict", "--json", ...flags, "--expr", `${prelude} ${expression}`],
    { env: environment, encoding: "utf8" },
  );
  if (status !== 0) {
    refusals.push(stderr);
    throw new Error(stderr);
  }
  return JSON.parse(stdout) as T;
}

/** The configuration of one host of a flake, as the Nix expression `configuration`. */
export function evaluateHost<T = unknown>(
  flake: string,
  host: string,
  expression: string,
  flags: readonly string[] = [],
): T {
  return evaluate<T>(
    `
    let
      outputs = (import ${flake}/flake.nix).outputs { self = outputs; inherit nixpkgs; };
      configuration = outputs.nixosConfigurations.${host}.config;
      inherit (configuration) services networking environment nixmox;
      # Without the two options that most units leave undefined, so that all of one can be read.
      systemd = configuration.systemd // {
        services = lib.mapAttrs (_: unit: removeAttrs unit [ "startLimitBurst" "startLimitIntervalSec" ])
          configuration.systemd.services;
      };
    in ${expression}`,
    flags,
  );
}

/** Every file of its own that a host's system is built from, as text. */
export function sourcesOf(flake: string, host: string): string {
  const derivation = evaluateHost<string>(flake, host, system, ["--read-write-mode"]);
  const options = { env: environment, encoding: "utf8", maxBuffer: 2 ** 24 } as const;
  const args = ["--query", "--requisites", derivation];
  const files = execFileSync("nix-store", args, options).split("\n");
  return files
    .flatMap((file) => (file.endsWith(".drv") ? [readFileSync(file, "utf8")] : []))
    .join("\n");
}

/**
 * Exactly what a host gets: the flake, `nixos/lib`, the base module, the folders of its service's
 * modules, its own file, its slice and the CA's certificate. `extra` adds or replaces files.
 */
export function upload(
  host: string,
  slice: Slice,
  extra: Readonly<Record<string, string>> = {},
): string {
  const directory = mkdtempSync(join(flakes, `${host}-`));
  const modules = ["base", ...slice.service.modules].map((name) => `nixos/modules/${name}`);
  for (const path of [
    "flake.nix",
    "flake.lock",
    "nixos/lib",
    ...modules,
    `nixos/hosts/${host}.nix`,
  ]) {
    if (!existsSync(join(project, path))) continue;
    cpSync(join(project, path), join(directory, path), { recursive: true });
  }
  const files = {
    "nixos/manifest.json": JSON.stringify({ hosts: { [host]: slice } }),
    "ca.crt": certificate(),
    ...extra,
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return directory;
}

/** What the evaluation of a host's system ends with, which must be an error. */
export function refusal(flake: string, host: string): string {
  try {
    evaluateHost(flake, host, system);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error(`The system of ${host} was accepted.`);
}

/** The lab's `nixos-rebuild`, run in `cwd`. */
export function nixosRebuild(args: readonly string[], cwd: string): SpawnSyncReturns<string> {
  return spawnSync(join(project, "lab/nixos/bin/nixos-rebuild"), args, {
    cwd,
    env: { ...environment, NIXMOX_LAB_NIXOS: join(project, "lab/nixos") },
    encoding: "utf8",
  });
}

let made: string | undefined;
function certificate(): string {
  if (made === undefined) {
    const file = join(scratch, "ca.crt");
    const words = `req -x509 -newkey ed25519 -nodes -subj /CN=test -keyout /dev/null -out ${file}`;
    execFileSync("openssl", words.split(" "), { stdio: "ignore" });
    made = readFileSync(file, "utf8");
  }
  return made;
}
