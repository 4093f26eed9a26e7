import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { environment, evaluate, project, upload } from "./nix";
import { samples, slice, type Slice } from "./samples";

/** The flake's outputs, as the Nix expression `outputs`. */
const withOutputs = (flake: string, expression: string) =>
  `let outputs = (import ${flake}/flake.nix).outputs { self = outputs; inherit nixpkgs; }; in ${expression}`;
const output = <T = unknown>(expression: string, flake = project) =>
  evaluate<T>(withOutputs(flake, expression));
const modules = readdirSync(join(project, "nixos/modules"));

describe("the flake's outputs", () => {
  it("are these, and each evaluates", () => {
    const names = ["checks", "devShells", "formatter", "nixosConfigurations", "nixosModules"];
    assert.deepEqual(output("lib.attrNames outputs"), names);
    const derivations = output<Record<string, unknown>>(`{
      shell = outputs.devShells.x86_64-linux.default.drvPath;
      formatter = outputs.formatter.x86_64-linux.drvPath;
      checks = lib.mapAttrs (_: check: check.drvPath) outputs.checks.x86_64-linux;
    }`);
    const { hosts } = JSON.parse(readFileSync(join(project, "nixos/manifest.json"), "utf8")) as {
      hosts: Record<string, Slice>;
    };
    assert.match(derivations.shell as string, /\.drv$/);
    assert.match(derivations.formatter as string, /-nixfmt-tree-.*\.drv$/);
    const checks = Object.keys(hosts).map((name) => `host-${name}`);
    const found = Object.keys(derivations.checks as object).sort();
    assert.deepEqual(found, ["formatting", ...checks, "parse"]);
  });

  it("have a module for each folder of nixos/modules", () => {
    assert.deepEqual(output("lib.attrNames outputs.nixosModules"), modules.sort());
  });

  it("have a check that parses every Nix file", () => {
    const expression = withOutputs(project, "outputs.checks.x86_64-linux.parse");
    const { status, stderr } = spawnSync(
      "nix-build",
      [
        "--no-out-link",
        "--expr",
        `let nixpkgs = import ${project}/lab/nixos/eval { }; in ${expression}`,
      ],
      { env: environment, encoding: "utf8" },
    );
    assert.equal(status, 0, stderr);
  });
});

describe("a module in somebody else's flake", () => {
  const imported = (name: string, values: string) =>
    `(nixpkgs.lib.nixosSystem { modules = [ outputs.nixosModules.${name} ${values} ]; }).config`;
  const values = (host: Slice) => `{ nixmox = builtins.fromJSON ''${JSON.stringify(host)}''; }`;

  for (const name of modules.filter((each) => each in samples)) {
    it(`${name} needs no other one`, () => {
      const host = samples[name as keyof typeof samples];
      const system = `${imported(name, values(host))}.system.build.toplevel.drvPath`;
      assert.match(output<string>(system, upload(name, host)), /\.drv$/);
    });
  }

  it("says which option is missing", () => {
    const system = `${imported("miniflux", "{ }")}.system.build.toplevel.drvPath`;
    assert.throws(() => output(system), /The option `nixmox\.databases' is used but not defined/);
  });

  it("leaves the state version to that flake", () => {
    const own = `{ imports = [ ${values(slice("base"))} ]; system.stateVersion = "25.11"; }`;
    assert.equal(output(`${imported("base", own)}.system.stateVersion`), "25.11");
  });
});
