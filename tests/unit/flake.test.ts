import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "mocha";
import { Flake } from "../../manifest/flake";

describe("the files that a host gets", () => {
  const root = mkdtempSync(join(tmpdir(), "nixmox-flake-"));
  const all = [
    "flake.nix",
    "flake.lock",
    "README.md",
    "nixos/manifest.json",
    "nixos/README.md",
    "nixos/lib/hosts.nix",
    "nixos/modules/base/default.nix",
    "nixos/modules/base/put.sh",
    "nixos/modules/feeds/default.nix",
    "nixos/modules/wiki/default.nix",
    "nixos/hosts/wiki.nix",
    "nixos/hosts/alone.nix",
  ];
  before(() => {
    for (const file of all) {
      mkdirSync(join(root, dirname(file)), { recursive: true });
      writeFileSync(join(root, file), `text of ${file}\n`);
    }
  });
  after(() => rmSync(root, { recursive: true }));

  const common = all.filter((file) => /^flake|lib|base/.test(file));
  const filesOf = (name: string, modules = [name]) => {
    const files = new Flake(root).filesOf({ name, modules });
    for (const [path, text] of Object.entries(files)) assert.equal(text, `text of ${path}\n`);
    return Object.keys(files).sort();
  };

  it("are the flake, the library, the base, its modules and its own file", () => {
    const module = (name: string) => `nixos/modules/${name}/default.nix`;
    assert.deepEqual(filesOf("wiki"), [...common, module("wiki"), "nixos/hosts/wiki.nix"].sort());
    assert.deepEqual(filesOf("alone"), [...common, "nixos/hosts/alone.nix"].sort());
    assert.deepEqual(filesOf("news", ["feeds"]), [...common, module("feeds")].sort());
  });

  it("are reported by name if there are none, for all hosts at once", () => {
    assert.throws(
      () => filesOf("nobody"),
      /Unable to configure service nobody: there is neither nixos\/modules\/nobody nor nixos\/hosts\/nobody\.nix\./,
    );
    assert.throws(
      () => filesOf("news", ["feds"]),
      /Unable to configure service news: there is no nixos\/modules\/feds\. Did you mean "feeds"\?/,
    );
  });
});
