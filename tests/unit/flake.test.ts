import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
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
    "nixos/modules/feeds/README.md",
    "nixos/modules/feeds/example.toml",
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

  it("are the flake, the library, the base, its modules and its own file, without documentation", () => {
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

  describe("never include", () => {
    const outside = mkdtempSync(join(tmpdir(), "nixmox-outside-"));
    const wiki = join(root, "nixos/modules/wiki");
    const base = join(root, "nixos/modules/base");
    const put = (path: string, text = "x") => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      return path;
    };
    const link = (target: string, path: string) => {
      symlinkSync(target, path);
      return path;
    };
    before(() => put(join(outside, "passphrase"), "hunter2"));
    after(() => rmSync(outside, { recursive: true }));

    const key = "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n";
    const cases: [what: string, add: () => string, why: RegExp][] = [
      [
        "what a link leads to",
        () => link(join(outside, "passphrase"), join(wiki, "notes.nix")),
        /^Unable to send nixos\/modules\/wiki\/notes\.nix to hosts: it is a link to .*passphrase\. Put/,
      ],
      ["a folder behind a link", () => link(outside, join(base, "more")), /base\/more.*a link to/],
      [
        "a link inside",
        () => link("default.nix", join(wiki, "same.nix")),
        /a link to default\.nix/,
      ],
      ["a broken link", () => link("/nowhere", join(wiki, "none.nix")), /a link to \/nowhere/],
      ["hidden files", () => put(join(wiki, ".env")), /wiki\/\.env to hosts: it is hidden/],
      ["a workspace", () => dirname(put(join(wiki, ".nixmox/passphrase"))), /nixmox .*hidden/],
      ["an age file", () => put(join(base, "all.age")), /its name is that of a secret/],
      ["a key", () => put(join(base, "id_ed25519")), /its name is that of a secret/],
      ["a stack's settings", () => put(join(wiki, "Pulumi.prod.yaml")), /name is that of a secret/],
      ["a key of another name", () => put(join(wiki, "a.txt"), key), /it holds a private key/],
      ["huge files", () => put(join(wiki, "a.txt"), "x".repeat(2e6)), /2000000 bytes; at most/],
      [
        "pipes",
        () => {
          spawnSync("mkfifo", [join(wiki, "pipe")]);
          return join(wiki, "pipe");
        },
        /pipe to hosts: it is not a regular file/,
      ],
    ];
    for (const [what, add, why] of cases) {
      it(what, () => {
        const added = add();
        try {
          assert.throws(
            () => filesOf("wiki"),
            ({ message }: Error) => why.test(message) && !message.includes("hunter2"),
          );
        } finally {
          rmSync(added, { recursive: true });
        }
      });
    }

    it("a module that is itself a link, or below one", () => {
      link(outside, join(root, "nixos/modules/linked"));
      assert.throws(() => filesOf("linked"), /nixos\/modules\/linked to hosts: it is a link/);
      const other = mkdtempSync(join(tmpdir(), "nixmox-flake-"));
      put(join(other, "flake.nix"));
      link(join(root, "nixos"), join(other, "nixos"));
      assert.throws(
        () => new Flake(other).filesOf({ name: "wiki", modules: ["wiki"] }),
        /Unable to send nixos to hosts: it is a link/,
      );
      rmSync(other, { recursive: true });
      rmSync(join(root, "nixos/modules/linked"));
    });

    it("what is not text", () => {
      const file = join(wiki, "a.png");
      writeFileSync(file, Buffer.from([0x89, 0xff, 0xfe]));
      assert.throws(() => filesOf("wiki"), /a\.png to hosts: it is not UTF-8 text/);
      rmSync(file);
    });
  });
});
