import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "mocha";
import { findKeyFault } from "../../settings/sshKey";
import { createKey } from "./sshKey";

const folder = mkdtempSync(join(tmpdir(), "nixmox-key-"));
const path = (name: string) => join(folder, name);
const good = createKey(path("good"));
const text = readFileSync(good, "utf8");
const publicText = readFileSync(`${good}.pub`, "utf8");

/** A key file with some text, and what is said of it. */
const faultOf = (name: string, content: string, half: string | undefined = publicText) => {
  const file = path(name);
  writeFileSync(file, content, { mode: 0o600 });
  return findKeyFault(file, content, half)?.replaceAll(`${folder}/`, "");
};
/** Whether OpenSSH itself reads a file as a key without a passphrase. */
const isKey = (name: string) =>
  spawnSync("ssh-keygen", ["-y", "-P", "", "-f", path(name)], { stdio: "ignore" }).status === 0;

describe("an SSH key", () => {
  after(() => rmSync(folder, { recursive: true }));

  it("that OpenSSH reads is accepted, whatever its comment", () => {
    assert.equal(faultOf("same", text), undefined);
    const [type, key] = publicText.split(" ");
    assert.equal(faultOf("same", text, `${type} ${key} another comment\n`), undefined);
  });

  it("of another form that OpenSSH reads is accepted", () => {
    const rsa = path("rsa");
    execFileSync("ssh-keygen", ["-q", "-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "", "-f", rsa]);
    const half = readFileSync(`${rsa}.pub`, "utf8");
    assert.equal(findKeyFault(rsa, readFileSync(rsa, "utf8"), half), undefined);
  });

  const locked = readFileSync(createKey(path("locked"), { passphrase: "hunter2" }), "utf8");
  const refused: readonly [what: string, content: string, said: RegExp][] = [
    ["the public half", publicText, /is the public half of a key\. Name the private one/],
    ["a passphrase", locked, /has a passphrase, .* `ssh-keygen -p -N '' -f file`/],
    ["the line breaks of Windows", text.replaceAll("\n", "\r\n"), /line breaks of Windows.*sed/],
    ["no last line break", text.trimEnd(), /last line has no line break.*`echo >>file`/],
    ["an empty line before it", `\n${text}`, /something before its first line/],
    ["a byte order mark", `\uFEFF${text}`, /something before its first line/],
    ["half of its text", text.slice(0, 200), /ends in the middle of the key/],
    ["nothing", "", /is empty\. Create a key/],
    ["something else", "hunter2\n", /is not a private key\. Create a key/],
    [
      "PuTTY's format",
      "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n",
      /PuTTY's format\. Run `puttygen file -O private-openssh/,
    ],
    [
      "a key with a wrong character",
      text.replace(/\n(.{40})./, "\n$1!"),
      /which OpenSSH does not read: .*Copy it again/,
    ],
  ];
  for (const [what, content, said] of refused) {
    it(`with ${what} is refused with that reason`, () => {
      assert.match(faultOf("file", content)!, said);
      assert.ok(!isKey("file"), "OpenSSH reads it");
    });
  }

  const fixes: readonly [what: string, content: string][] = [
    ["the line breaks of Windows", text.replaceAll("\n", "\r\n")],
    ["no last line break", text.trimEnd()],
    ["an empty line before it", `\n\n${text}`],
    ["a byte order mark", `\uFEFF${text}`],
    ["a passphrase", locked],
  ];
  for (const [what, content] of fixes) {
    it(`with ${what} is right after the command that the message names`, () => {
      const command = /`([^`]+)`/.exec(faultOf("file", content)!)![1]!;
      const old = what === "a passphrase" ? " -P hunter2" : "";
      execFileSync("sh", ["-c", command.replace(" -N", `${old} -N`)], {
        cwd: folder,
        stdio: "ignore",
      });
      assert.ok(isKey("file"), command);
    });
  }

  it("whose public half is another one's is refused, and the command writes the right one", () => {
    const other = readFileSync(`${createKey(path("other"))}.pub`, "utf8");
    writeFileSync(path("file.pub"), other);
    const said = faultOf("file", text, other)!;
    assert.match(said, /whose public half is not the one in file\.pub/);
    execFileSync("sh", ["-c", /`([^`]+)`/.exec(said)![1]!], { cwd: folder });
    const written = readFileSync(path("file.pub"), "utf8");
    assert.equal(faultOf("file", text, written), undefined);
  });
});
