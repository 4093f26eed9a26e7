import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { project, scratch } from "./nix";

describe("npm run check:nixpkgs", function () {
  this.timeout("5m");
  const folder = mkdtempSync(join(scratch, "nixpkgs-"));

  const check = (words: readonly string[], env: Record<string, string> = {}) => {
    const program = ["--import", "tsx", join(project, "tests/nix/checkNixpkgs.ts"), ...words];
    const options = { cwd: project, env: { ...process.env, NIXPKGS: "", ...env } };
    return spawnSync(process.execPath, program, { ...options, encoding: "utf8" });
  };
  /** A checkout in nixpkgs' place: the lab's evaluator, with something else in `pkgs`. */
  const checkout = (name: string, more = "{ }") => {
    const path = join(folder, name);
    mkdirSync(path);
    writeFileSync(
      join(path, "flake.nix"),
      `{ outputs = { self }: let lab = import ${project}/lab/nixos/eval { }; in lab // {
        legacyPackages.x86_64-linux = lab.legacyPackages.x86_64-linux // ${more};
      }; }`,
    );
    return path;
  };

  it("evaluates every host of the shipped manifest and of the modules' examples", () => {
    const { status, stdout, stderr } = check(["--nixpkgs", checkout("whole")]);
    assert.equal(status, 0, stdout + stderr);
    for (const what of [
      "postgresql, of the shipped manifest",
      "vaultwarden, of all services with authentik",
      "keycloak, of all services with keycloak",
      "the flake's checks, shell and formatter",
    ]) {
      assert.ok(stdout.includes(`ok      ${what}\n`), stdout);
    }
    assert.match(stdout, /^\d+ passed, 0 failed$/m);
  });

  it("fails with what cannot be evaluated, and why", () => {
    const broken = checkout("broken", '{ nixfmt-tree = throw "nixfmt-tree was removed"; }');
    const { status, stdout } = check([], { NIXPKGS: broken });
    assert.equal(status, 1);
    assert.match(stdout, /^failed {2}the flake's checks, shell and formatter$/m);
    assert.match(stdout, /nixfmt-tree was removed/);
    assert.match(stdout, /^\d+ passed, 1 failed$/m);
  });

  it("says what it skips where there is no nixpkgs, which fails where it is required", () => {
    const without = { PATH: join(folder, "no-programs") };
    const { status, stdout } = check([], without);
    assert.equal(stdout, "skipped: no nixpkgs (Nix is not installed)\n");
    assert.equal(status, 0);
    assert.equal(check(["--required"], without).status, 1);
  });

  it("refuses a path that is no checkout", () => {
    const { status, stderr } = check(["--nixpkgs", folder]);
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^Unable to use .*: it has no flake\.nix\. Name a checkout of nixpkgs\.$/m,
    );
  });
});
