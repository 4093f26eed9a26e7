import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "mocha";
import { project } from "./nix";

describe("the scripts of the hosts", () => {
  for (const script of [
    "nixos/modules/base/nixmox-fragment.sh",
    "nixos/modules/base/nixmox-login.sh",
    "nixos/modules/postgresql/assemble-hba.sh",
    "nixos/modules/postgresql/refuse-other-cluster.sh",
    "lab/nixos/bin/nixos-rebuild",
    "lab/nixos/eval/activate.sh",
    "lab/nixos/eval/switch-to-configuration.sh",
  ]) {
    it(`${script} passes shellcheck`, () => {
      const { stdout } = spawnSync("shellcheck", [script], { cwd: project, encoding: "utf8" });
      assert.equal(stdout, "");
    });
  }
});
