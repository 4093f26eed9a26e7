import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "mocha";
import { pinnedRelease } from "../../manifest/release";
import { templateOf } from "../../settings/template";

const project = join(__dirname, "..", "..");

describe("the container template", () => {
  const root = mkdtempSync(join(tmpdir(), "nixmox-template-"));
  after(() => rmSync(root, { recursive: true }));

  const lock = (ref: string | undefined) => {
    const nodes = { nixpkgs: { original: { type: "github", ref } } };
    writeFileSync(join(root, "flake.lock"), JSON.stringify({ nodes, version: 7 }));
  };
  const read = (template: string, templateType: "nixos" | "debian" = "nixos") => {
    const faults: string[] = [];
    return { template: templateOf({ template, templateType }, faults, root), faults };
  };
  const advice = "Run `pulumi config set nixmox:template VALUE`.";

  it("is the one that the configuration names", () => {
    assert.deepEqual(read("nfs:vztmpl/own.tar.xz"), {
      template: "nfs:vztmpl/own.tar.xz",
      faults: [],
    });
  });

  for (const [ref, release] of [
    ["nixos-26.05", "26.05"],
    ["nixos-27.11-small", "27.11"],
  ]) {
    it(`is that of the release that hosts are built from: ${ref}`, () => {
      lock(ref);
      const template = `local:vztmpl/nixos-${release}-x86_64-linux.tar.xz`;
      assert.deepEqual(read(""), { template, faults: [] });
    });
  }

  it("has to be named where no release says which", () => {
    lock("nixos-unstable");
    assert.deepEqual(read("").faults, [
      `nixmox:template must be set: the nixpkgs of flake.lock is of no release of NixOS, but of nixos-unstable. ${advice}`,
    ]);
    assert.deepEqual(read("", "debian").faults, [
      `nixmox:template must be set, since nixmox:templateType is not nixos. ${advice}`,
    ]);
    rmSync(join(root, "flake.lock"));
    assert.match(read("").faults[0]!, /^nixmox:template must be set: .*no such file/);
  });

  it("is the one that README.md says to upload", () => {
    const readme = readFileSync(join(project, "README.md"), "utf8");
    const release = pinnedRelease(project);
    assert.ok(readme.includes(`nixos-${release}-x86_64-linux.tar.xz`));
    const named = [...readme.matchAll(/NixOS (\d\d\.\d\d)/g)].map(([, each]) => each);
    assert.deepEqual([...new Set(named)], [release]);
  });
});
