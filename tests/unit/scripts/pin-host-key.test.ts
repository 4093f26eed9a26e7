import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { beforeEach, it } from "mocha";
import { describeScript, failed, succeeded } from "./host";

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIED2OzKk+SfjNdUZaULBoS8IwJJglF1lkCgjoOtqUmeD";
const fingerprint = "SHA256:BvHC5R5G6S1goeAN+QZjd+TZ6qoxzPyOTQ8iOKXWoEU";
const keyComment = "nixmox-first-contact-rkq8Zt41hV";
const keyLine = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKQ0dPYF";
const other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKQ0dPYFvUu8pFyXU3G9qJjYd2nUvWcQ7i0w3pZJ3r0K";
const comment = "# 127.0.0.1:22 SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10";

describeScript("components/scripts/pin-host-key.sh", (host) => {
  /** What ssh-keyscan writes to its two outputs. */
  const keyscan = (stdout: string, stderr = "", status = 0) =>
    host().fake("ssh-keyscan", `printf %s '${stdout}'; printf %s '${stderr}' >&2; exit ${status}`);
  const pin = (timeout = 1, pinned = "", ...chosen: string[]) =>
    host().run(["127.0.0.1", "id_ed25519", String(timeout), ...chosen], {
      env: { PULUMI_COMMAND_STDOUT: pinned },
      input: `notes 7017 ${keyComment}\n`,
    });
  /** Lets everyone log in; the host's authorized_keys has this text. */
  const authorizedKeys = (text: string) => {
    writeFileSync(host().path("authorized_keys"), text);
    host().fake(
      "ssh",
      "for word; do case $word in UserKnownHostsFile=*) cat ${word#*=} >known; esac; done; " +
        "cat authorized_keys; cat >received",
    );
  };

  beforeEach(() =>
    authorizedKeys(
      `# --- BEGIN PVE ---\n${keyLine} ${keyComment}\nssh-rsa AAAA me\n# --- END PVE ---\n`,
    ),
  );

  it("prints the key of a host that ssh-keyscan 9.2 describes", () => {
    keyscan(`127.0.0.1 ${key}\n`, `${comment}\n`);
    assert.equal(succeeded(pin()), key);
    assert.equal(host().read("known"), `127.0.0.1 ${key}\n`);
    assert.match(host().calls("ssh ")[0]!, / -i id_ed25519 .* root@127\.0\.0\.1 cat \/root/);
  });

  it("shows the key's fingerprint when it pins it, and not again", () => {
    keyscan(`127.0.0.1 ${key}\n`);
    assert.equal(pin().stderr, `Pinned the host key of notes: ${fingerprint}\n`);
    assert.equal(pin(1, key).stderr, "");
  });

  for (const [what, text] of [
    ["has no authorized_keys", ""],
    ["has the comment of another container", `${keyLine} nixmox-first-contact-another\n`],
    ["has more than the comment", `${keyLine} ${keyComment}X\n`],
    ["has the comment only as part of a word", `${keyLine} X${keyComment}\n`],
    ["answers with patterns", "*\n.*\n[a-z]*\n?\n"],
    ["answers with all keys there are", `${keyLine}\n`.repeat(500)],
  ] as const) {
    it(`refuses a host that lets the key in, but ${what}`, () => {
      keyscan(`127.0.0.1 ${key}\n`);
      authorizedKeys(text);
      const said = failed(pin(60));
      assert.match(
        said,
        /^Unable to trust host 127\.0\.0\.1: nothing shows that it is container 7017/,
      );
      assert.match(said, /Nothing was sent to it\. Read .*`pct pull 7017 .*nixmox:hostKeys\.notes/);
      assert.ok(said.includes(fingerprint));
      assert.ok(!said.includes(keyComment));
      assert.equal(host().read("received"), "");
      assert.ok(
        host()
          .calls()
          .every((call) => !call.includes(keyComment)),
      );
    });
  }

  it("does not wait forever for a host that never stops answering", () => {
    keyscan(`127.0.0.1 ${key}\n`);
    host().fake("ssh", "yes");
    const said = failed(pin(2));
    assert.match(said, /^Unable to reach host 127\.0\.0\.1: y y y/);
    assert.ok(said.length < 1000);
  });

  it("refuses every host without a comment to compare with", () => {
    keyscan(`127.0.0.1 ${key}\n`);
    authorizedKeys(`${keyLine} \n`);
    const said = failed(host().run(["127.0.0.1", "id_ed25519", "60"]));
    assert.match(said, /nothing shows that it is container VMID/);
  });

  it("accepts the key that was chosen and no other, with or without the comment", () => {
    keyscan(`127.0.0.1 ${key}\n`);
    authorizedKeys("");
    for (const chosen of [fingerprint, key, `${key} root@notes`]) {
      assert.equal(succeeded(pin(1, "", chosen)), key);
    }
    assert.equal(succeeded(pin(1, other, fingerprint)), key);
    authorizedKeys(`${keyLine} ${keyComment}\n`);
    const said = failed(pin(60, key, other));
    assert.match(said, /^Unable to trust host .*: its host key is not the one in nixmox:hostKeys/);
    assert.match(said, /\(set: SHA256:[\w+/]{43}, found: SHA256:[\w+/]{43}\)/);
  });

  it("shows no escape sequences of the host", () => {
    host().fake("ssh-keyscan", "printf '127.0.0.1 \\033[31mred\\r\\n'");
    assert.match(failed(pin()), /\(127\.0\.0\.1 \[31mred\) after 1 s/);
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
