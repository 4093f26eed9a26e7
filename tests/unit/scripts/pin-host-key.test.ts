import assert from "node:assert/strict";
import { beforeEach, it } from "mocha";
import { describeScript, failed, succeeded } from "./host";

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIED2OzKk+SfjNdUZaULBoS8IwJJglF1lkCgjoOtqUmeD";
const fingerprint = "SHA256:BvHC5R5G6S1goeAN+QZjd+TZ6qoxzPyOTQ8iOKXWoEU";
const other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKQ0dPYFvUu8pFyXU3G9qJjYd2nUvWcQ7i0w3pZJ3r0K";
const comment = "# 127.0.0.1:22 SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10";

describeScript("components/scripts/pin-host-key.sh", (host) => {
  /** What ssh-keyscan writes to its two outputs. */
  const keyscan = (stdout: string, stderr = "", status = 0) =>
    host().fake("ssh-keyscan", `printf %s '${stdout}'; printf %s '${stderr}' >&2; exit ${status}`);
  const pin = (timeout = 1, pinned = "") =>
    host().run(["127.0.0.1", "id_ed25519", String(timeout)], {
      env: { PULUMI_COMMAND_STDOUT: pinned },
    });

  beforeEach(() => {
    host().fake(
      "ssh",
      "for word; do case $word in UserKnownHostsFile=*) cat ${word#*=} >known; esac; done",
    );
  });

  it("prints the key of a host that ssh-keyscan 9.2 describes", () => {
    keyscan(`127.0.0.1 ${key}\n`, `${comment}\n`);
    assert.equal(succeeded(pin()), key);
    assert.equal(host().read("known"), `127.0.0.1 ${key}\n`);
    assert.match(host().calls("ssh ")[0]!, / -i id_ed25519 .* root@127\.0\.0\.1 true$/);
  });

  it("prints the key alone where ssh-keyscan 10.0 puts its comment on stdout", () => {
    keyscan(`${comment}\n127.0.0.1 ${key}\n`);
    assert.equal(succeeded(pin()), key);
    assert.equal(host().read("known"), `127.0.0.1 ${key}\n`);
  });

  for (const [what, printed] of [
    ["a key without a host", `${key}\n`],
    ["the key of another host", `127.0.0.2 ${key}\n`],
    ["a key of another type", "127.0.0.1 ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7\n"],
    ["a key that is cut off", `127.0.0.1 ${key.slice(0, -1)}\n`],
    ["a word after the key", `127.0.0.1 ${key} root@host\n`],
    ["two keys", `127.0.0.1 ${key}\n127.0.0.1 ${other}\n`],
  ] as const) {
    it(`refuses ${what}`, () => {
      keyscan(printed);
      const said = failed(pin());
      assert.match(said, /^Unable to reach host 127\.0\.0\.1: ssh-keyscan printed something other/);
      assert.ok(said.includes(printed.trim().split("\n")[0]!));
      assert.deepEqual(host().calls("ssh "), []);
    });
  }

  it("accepts the pinned key, and refuses another one at once, with both fingerprints", () => {
    keyscan(`127.0.0.1 ${key}\n`);
    assert.equal(succeeded(pin(1, key)), key);
    const said = failed(pin(60, other));
    assert.match(
      said,
      /^Unable to reach host 127\.0\.0\.1: its host key is not the one that was pinned/,
    );
    assert.match(said, /pinned: SHA256:[\w+/]{43}, found: SHA256:[\w+/]{43}\)\. If you recreated/);
    assert.ok(said.includes(`found: ${fingerprint}`), said);
  });

  it("shows a pinned text that is not a key as it is", () => {
    keyscan(`127.0.0.1 ${key}\n`);
    assert.match(failed(pin(60, "ssh-ed25519 AAAA")), /\(pinned: ssh-ed25519 AAAA, found: SHA256:/);
  });

  it("waits for a host that is still booting", () => {
    host().fake("sleep", "");
    host().fake(
      "ssh-keyscan",
      `[[ $(grep -c keyscan calls) -ge 3 ]] || exit 1; echo '127.0.0.1 ${key}'`,
    );
    assert.equal(succeeded(pin(60)), key);
    assert.equal(host().calls("ssh-keyscan").length, 3);
  });

  it("gives up on a host that does not answer, and on one that lets no one in", () => {
    keyscan("", "", 1);
    assert.match(failed(pin()), /: no answer on port 22 after 1 s\. Look at the container/);
    keyscan(`127.0.0.1 ${key}\n`);
    host().fake("ssh", "echo 'Connection closed by 127.0.0.1 port 22' >&2; exit 255");
    assert.match(failed(pin()), /: Connection closed by 127\.0\.0\.1 port 22 after 1 s\. Look at/);
  });

  it("gives up on a host that keeps refusing the key", () => {
    host().fake("sleep", "");
    keyscan(`127.0.0.1 ${key}\n`);
    host().fake("ssh", "echo 'root@127.0.0.1: Permission denied (publickey).' >&2; exit 255");
    const said = failed(pin(60));
    assert.match(
      said,
      /: it refuses the SSH key id_ed25519\. Add id_ed25519\.pub to .*authorized_keys/,
    );
    assert.equal(host().calls("ssh ").length, 5);
  });
});
