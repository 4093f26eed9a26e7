import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { jumpText } from "../../components/sshJump";
import { readProxyJump } from "../../settings/sshProxyJump";
import { runProgram } from "./program";

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIED2OzKk+SfjNdUZaULBoS8IwJJglF1lkCgjoOtqUmeD";

/** What is read, or the only fault. */
function read(jump: string, hostKey = key) {
  const faults: string[] = [];
  const found = readProxyJump(jump, hostKey, faults);
  assert.ok(faults.length <= 1);
  return faults[0] ?? found;
}

describe("nixmox:sshProxyJump", () => {
  it("names a user, a host and a port", () => {
    const hostKey = key;
    const expected = { user: "admin", host: "bastion.example.org", port: 22, hostKey };
    assert.deepEqual(read("admin@bastion.example.org"), expected);
    assert.deepEqual(read("admin@bastion.example.org:2222", `${key} root@bastion\n`), {
      ...expected,
      port: 2222,
    });
    assert.deepEqual(read("admin@[fd00::1]:2222"), { ...expected, host: "fd00::1", port: 2222 });
    assert.equal(read("", ""), undefined);
  });

  for (const [what, jump, hostKey, said] of [
    ["a host without a user", "bastion", key, /USER@HOST/],
    ["an option", "-oProxyCommand=x", key, /USER@HOST/],
    ["a host that is one", "admin@-oProxyCommand", key, /USER@HOST/],
    ["a port that is none", "admin@bastion:70000", key, /USER@HOST/],
    ["two hosts", "a@one,b@two", key, /names several hosts/],
    ["a fingerprint as its key", "a@b", "SHA256:BvHC5R5G6S1goeAN", /fingerprint is not enough/],
    ["a host that nobody knows", "a@192.0.2.77", "", /whose host key nobody here knows yet/],
    ["a key without a host", "", key, /set without nixmox:sshProxyJump/],
  ] as const) {
    it(`refuses ${what}`, () => assert.match(read(jump, hostKey) as string, said));
  }

  it("is written as OpenSSH reads it", () => {
    const { config, knownHosts } = jumpText(
      { user: "a", host: "fd00::1", port: 2222, hostKey: key },
      "192.168.99.10",
    );
    assert.equal(config, "Host 192.168.99.10\n  ProxyJump a@[fd00::1]:2222\n");
    assert.equal(knownHosts, `[fd00::1]:2222 ${key}\n`);
  });

  it("is on the way of every connection of the program, with its host key", async () => {
    const { resources } = await runProgram("manifest/nixmox.toml", {
      sshProxyJump: "admin@bastion.example.org",
      sshProxyHostKey: key,
    });
    const remote = [...resources.values()].filter(({ type }) => type.startsWith("command:remote:"));
    assert.ok(remote.length > 10);
    const first = [...resources.values()].filter(({ name }) => name.endsWith("-host-key"));
    assert.ok(first.length > 3);
    for (const { inputs } of first) {
      assert.match(JSON.stringify(inputs.environment), /admin@bastion\.example\.org:22/);
    }
    for (const { name, inputs } of remote) {
      const text = JSON.stringify(inputs.connection);
      assert.match(text, /"proxy":\{[^}]*"host":"bastion\.example\.org"/, name);
      assert.ok(text.includes(`"hostKey":"${key}"`), name);
    }
  });
});
