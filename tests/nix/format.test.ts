import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { describe, it } from "mocha";
import { environment, project } from "./nix";
import { findNixfmt } from "./nixfmt";

const listed = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"];
const files = execFileSync("git", [...listed, "*.nix"], { cwd: project, encoding: "utf8" })
  .split("\0")
  .filter(Boolean);

/** As its authors printed it. */
const verbatim = "tests/nix/manifests/seed.nix";

describe("every Nix file", () => {
  it("can be parsed", () => {
    assert.ok(files.includes("flake.nix"), files.join());
    const { status, stderr } = spawnSync("nix-instantiate", ["--parse", ...files], {
      cwd: project,
      env: environment,
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
  });

  it("is formatted as nixfmt does (`nix fmt`)", function () {
    this.timeout("10m");
    const nixfmt = findNixfmt();
    if ("missing" in nixfmt) {
      console.log(`      skipped: no nixfmt (${nixfmt.missing})`);
      this.skip();
    }
    const own = files.filter((file) => file !== verbatim);
    const { status, stdout, stderr } = spawnSync(nixfmt.program, ["--check", ...own], {
      cwd: project,
      encoding: "utf8",
    });
    assert.equal(status, 0, stdout + stderr);
  });
});
