import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { spawnSync } from "node:child_process";
import { Command } from "commander";
import { loadManifest } from "../../manifest/load";
import { allServices, providers, refusing, slicesOf } from "./examples";
import { environment, project, upload } from "./nix";
import type { Slice } from "./samples";

/** Where nixpkgs is, or why it is nowhere. */
type Source = { readonly path: string } | { readonly missing: string };

interface Locked {
  readonly rev: string;
  readonly narHash: string;
}

/** Manifests, as hosts get them. */
function manifests(): Readonly<Record<string, Readonly<Record<string, Slice>>>> {
  const all = providers.map((provider) => {
    const slices = Object.entries(slicesOf(allServices(provider)));
    const fitting = slices.filter(([name]) => !refusing[provider].includes(name));
    return [`all services with ${provider}`, Object.fromEntries(fitting)] as const;
  });
  const shipped = slicesOf(loadManifest(join(project, "manifest/nixmox.toml")));
  return { "the shipped manifest": shipped, ...Object.fromEntries(all) };
}

/** The nixpkgs that flake.lock has, from the network. */
function fetchPinned(): Source {
  const { nodes } = JSON.parse(readFileSync(join(project, "flake.lock"), "utf8")) as {
    nodes: { nixpkgs: { locked: Locked } };
  };
  const { rev, narHash } = nodes.nixpkgs.locked;
  const features = ["--extra-experimental-features", "nix-command flakes"];
  const patience = ["--option", "connect-timeout", "10", "--option", "download-attempts", "1"];
  const url = `github:NixOS/nixpkgs/${rev}`;
  const words = [...features, ...patience, "flake", "prefetch", "--json", url];
  const { error, status, stdout, stderr } = spawnSync("nix", words, { encoding: "utf8" });
  if (error) return { missing: "Nix is not installed" };
  if (status !== 0) return { missing: stderr.trim().split("\n").at(-1)! };
  const found = JSON.parse(stdout) as { readonly hash: string; readonly storePath: string };
  if (found.hash === narHash) return { path: found.storePath };
  throw new Error(`Unable to use ${url}: it is ${found.hash}, and flake.lock has ${narHash}.`);
}

function givenPath(path: string): Source {
  if (existsSync(join(path, "flake.nix"))) return { path: resolve(path) };
  throw new Error(`Unable to use ${path}: it has no flake.nix. Name a checkout of nixpkgs.`);
}

/** Evaluates an expression in which `nixpkgs` and `outputs` are real flakes' outputs. Prints what is wrong. */
function evaluates(what: string, nixpkgs: string, flake: string, expression: string): boolean {
  const text = `
    let
      nixpkgs = (import ${nixpkgs}/flake.nix).outputs {
        self = nixpkgs // { outPath = "${nixpkgs}"; };
      };
      outputs = (import ${flake}/flake.nix).outputs { self = outputs; inherit nixpkgs; };
      inherit (nixpkgs) lib;
    in ${expression}`;
  const words = ["--eval", "--strict", "--json", "--expr", text];
  const { status, stderr } = spawnSync("nix-instantiate", words, {
    env: environment,
    encoding: "utf8",
  });
  console.log(`${status === 0 ? "ok     " : "failed "} ${what}`);
  if (status !== 0 || /^(evaluation )?warning:/m.test(stderr)) console.log(stderr.trim());
  return status === 0;
}

/** Whether everything evaluates: each host's system, and what the flake offers besides. */
function check(nixpkgs: string): boolean {
  const results = Object.entries(manifests()).flatMap(([what, slices]) =>
    Object.entries(slices).map(([name, slice]) => {
      const system = `outputs.nixosConfigurations.${name}.config.system.build.toplevel.drvPath`;
      return evaluates(`${name}, of ${what}`, nixpkgs, upload(name, slice), system);
    }),
  );
  const others = `{
    shell = outputs.devShells.x86_64-linux.default.drvPath;
    formatter = outputs.formatter.x86_64-linux.drvPath;
    checks = map (name: outputs.checks.x86_64-linux.\${name}.drvPath) [ "formatting" "parse" ];
  }`;
  results.push(evaluates("the flake's checks, shell and formatter", nixpkgs, project, others));
  const failures = results.filter((passed) => !passed).length;
  console.log(`${results.length - failures} passed, ${failures} failed`);
  return failures === 0;
}

function run({ nixpkgs, required }: { nixpkgs?: string; required?: true }): void {
  const path = nixpkgs ?? process.env.NIXPKGS;
  const source = path ? givenPath(path) : fetchPinned();
  if ("missing" in source) {
    console.log(`skipped: no nixpkgs (${source.missing})`);
    process.exitCode = required ? 1 : 0;
    return;
  }
  process.exitCode = check(source.path) ? 0 : 1;
}

new Command("check:nixpkgs")
  .description("evaluates hosts with real nixpkgs: the one of flake.lock, or a checkout of it")
  .option("--nixpkgs <path>", "a checkout of nixpkgs (default: $NIXPKGS, or flake.lock's)")
  .option("--required", "fail where there is no nixpkgs")
  .action((options: { nixpkgs?: string; required?: true }) => {
    try {
      run(options);
    } catch (error) {
      console.error((error as Error).message);
      process.exitCode = 1;
    }
  })
  .parse();
