import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import {
  forgetSalt,
  hideSalt,
  prepareWorkspace,
  pulumiVariables,
  removeWorkspace,
} from "../../cli/workspace";

describe("a checkout", () => {
  const folder = mkdtempSync(join(tmpdir(), "nixmox-checkout-"));
  const stackFile = join(folder, "Pulumi.dev.yaml");
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=n", "-c", "user.email=n@example.org", ...args], {
      cwd: folder,
      encoding: "utf8",
    });

  before(() => {
    git("init", "--quiet");
    for (const file of [".gitattributes", ".gitignore"]) copyFileSync(file, join(folder, file));
    // As it was committed: a deployment from this checkout may have saved it since.
    writeFileSync(stackFile, execFileSync("git", ["show", "HEAD:Pulumi.dev.yaml"]));
    forgetSalt(folder);
    git("add", ".");
    git("commit", "--quiet", "--message", "start");
  });

  after(() => rmSync(folder, { recursive: true }));

  it("gets its own passphrase and key, which only their owner can read", () => {
    const { passphraseFile } = prepareWorkspace(folder);
    assert.equal(statSync(passphraseFile).mode & 0o777, 0o400);
    assert.equal(statSync(join(folder, ".nixmox", "ssh", "id_ed25519")).mode & 0o777, 0o600);
    const passphrase = readFileSync(passphraseFile, "utf8");
    assert.ok(passphrase.length >= 40);
    prepareWorkspace(folder);
    assert.equal(readFileSync(passphraseFile, "utf8"), passphrase);
  });

  it("keeps the state to its owner, also one that was open to others", () => {
    const state = join(folder, ".nixmox", "state");
    const file = join(state, "dev.json");
    writeFileSync(file, "{}", { mode: 0o644 });
    chmodSync(state, 0o755);
    chmodSync(join(folder, ".nixmox"), 0o755);
    prepareWorkspace(folder);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(state).mode & 0o777, 0o700);
    assert.equal(statSync(join(folder, ".nixmox")).mode & 0o777, 0o700);
  });

  it("tells the provider of the file that a stack's configuration names", () => {
    const variables = (text: string) => {
      writeFileSync(join(folder, "Pulumi.prod.yaml"), text);
      const workspace = prepareWorkspace(folder);
      return pulumiVariables(workspace, "/bin", "prod").NIXMOX_CA_FILE;
    };
    assert.equal(variables("config:\n  nixmox:caFile: ca.pem\n"), join(folder, "ca.pem"));
    assert.equal(variables('config:\n  nixmox:caFile: "/etc/ca.pem"\n'), "/etc/ca.pem");
    assert.equal(variables('config:\n  nixmox:caFile: ""\n'), undefined);
    assert.equal(variables("config:\n  nixmox:node: pve\n"), undefined);
    rmSync(join(folder, "Pulumi.prod.yaml"));
    const workspace = prepareWorkspace(folder);
    assert.equal(pulumiVariables(workspace, "/bin", "none").NIXMOX_CA_FILE, undefined);
  });

  it("stays clean when Pulumi saves the stack file, and shows every other change", () => {
    const committed = readFileSync(stackFile, "utf8");
    const saved = committed.replace(/: (true|false)$/gm, ': "$1"');
    assert.notEqual(saved, committed);
    writeFileSync(stackFile, `${saved}encryptionsalt: v1:AAAA:v1:BBBB:CCCC\n`);
    hideSalt(folder);
    assert.equal(git("status", "--porcelain"), "");
    forgetSalt(folder);
    assert.equal(git("status", "--porcelain"), "");
    assert.equal(readFileSync(stackFile, "utf8"), saved);
    writeFileSync(stackFile, committed.replace("pve1", "pve2"));
    assert.equal(git("status", "--porcelain"), " M Pulumi.dev.yaml\n");
  });

  it("keeps the passphrase for secrets in the stack file, and says so where it is gone", () => {
    const workspace = prepareWorkspace(folder);
    const passphrase = readFileSync(workspace.passphraseFile, "utf8");
    const committed = git("show", "HEAD:Pulumi.dev.yaml");
    writeFileSync(
      stackFile,
      `${committed}  nixmox:secrets:\n    notes:\n      key:\n        secure: v1:AAAA\n`,
    );
    removeWorkspace(workspace);
    assert.deepEqual(readdirSync(workspace.dir), ["passphrase"]);
    assert.equal(readFileSync(prepareWorkspace(folder).passphraseFile, "utf8"), passphrase);
    rmSync(workspace.passphraseFile);
    assert.throws(
      () => prepareWorkspace(folder),
      /^Error: Unable to create a passphrase: Pulumi\.dev\.yaml has secrets, which only .*passphrase, or delete/,
    );
    assert.equal(existsSync(workspace.passphraseFile), false);
    writeFileSync(stackFile, committed);
    removeWorkspace(prepareWorkspace(folder));
    assert.equal(existsSync(workspace.dir), false);
  });
});
