import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "mocha";
import { type Additions, type Homelab } from "./homelab";

/** A new service with a password that an attacker would like to have. */
const manifest = `
[services.late]
ip = "192.168.99.18"
[services.late.interface]
db = {}
health.startup = "true"
`;

/**
 * What someone who owns a container runs there: an SSH server on another port, with a host key of
 * its own, that lets every key in, answers every command with the keys that it knows, and keeps
 * what it is told.
 */
const squat = `
mkdir -m 700 /root/squat && cd /root/squat
ssh-keygen -q -t ed25519 -N '' -f key
printf '#!/bin/sh\\necho "$1 $2"\\n' >anyone
printf '#!/bin/sh\\necho "$SSH_ORIGINAL_COMMAND" >>/root/squat/commands
cat >>/root/squat/received; cat /root/.ssh/authorized_keys\\n' >take
chmod 755 anyone take
cat >config <<'END'
Port 2222
HostKey /root/squat/key
PidFile none
UsePAM no
PermitRootLogin yes
AuthorizedKeysFile none
AuthorizedKeysCommand /root/squat/anyone %t %k
AuthorizedKeysCommandUser root
ForceCommand /root/squat/take
END
systemd-run --quiet --unit squatter /usr/sbin/sshd -D -f /root/squat/config
nft insert rule inet nixos-fw input-allow tcp dport 2222 accept
ssh-keygen -lf key | cut -d ' ' -f 2
`;

export function describeFirstContact(lab: () => Homelab, eventLog: () => string): void {
  describe("a machine that has the address of a new service", () => {
    const table = ["inet", "nixmox_test_squatter"];
    const nft = (...args: string[]) => execFileSync("nft", args);
    let own: string;
    let squatter: string;
    let fingerprint: string;

    /** Lets someone else answer for the new container, as on a network where it took the address. */
    const answer = (by: string) => {
      nft("add", "table", ...table);
      nft("flush", "table", ...table);
      nft("add", "chain", ...table, "out", "{ type nat hook output priority -100; }");
      nft("add", "rule", ...table, "out", "ip", "daddr", own, "tcp dport 22", "dnat ip to", by);
    };

    const late = (hostKey?: string): Additions => ({
      manifest,
      hosts: { late: "{ }\n" },
      settings: hostKey === undefined ? {} : { hostKeys: `{ late: "${hostKey}" }` },
    });

    const read = async (file: string) =>
      (await lab().on(squatter, `cat /root/squat/${file} 2>/dev/null`)).stdout;

    before(async () => {
      const { monitoring } = await lab().services();
      squatter = monitoring!.address;
      own = squatter.replace(/\d+$/, "18");
      const { status, stdout, stderr } = await lab().on(squatter, squat);
      assert.equal(status, 0, stderr);
      fingerprint = stdout.trim();
      answer(`${squatter}:2222`);
    });

    after(async () => {
      nft("delete", "table", ...table);
      await lab().on(
        squatter,
        "systemctl stop squatter; systemctl reload nftables; rm -r /root/squat",
      );
      await lab().deploy({});
    });

    it("does not learn of another container's key comment, nor does anyone else", async () => {
      const { miniflux } = await lab().services();
      const { stdout } = await lab().on(miniflux!.address, "cat /root/.ssh/authorized_keys");
      const [comment] = /nixmox-first-contact-\w{40}/.exec(stdout) ?? assert.fail(stdout);
      assert.ok(
        !(await lab().on(squatter, "cat /root/.ssh/authorized_keys")).stdout.includes(comment),
      );
      assert.ok(
        !(await lab().quietly("stack", "export", "--stack", "dev")).stdout.includes(comment),
      );
      assert.ok(!readFileSync(eventLog(), "utf8").includes(comment));
      assert.ok(!lab().printed.includes(comment));
      assert.deepEqual(lab().watch.find(comment), []);
    });

    it("is refused although it lets the key in, and is told nothing", async () => {
      const printed = await lab().refuse(late());
      assert.match(printed, /late-container .*created/);
      assert.match(
        printed,
        /Unable to trust host 192\.168\.\d+\.18: nothing shows that it is container 7018/,
      );
      assert.ok(printed.includes(fingerprint));
      assert.equal(await read("commands"), "cat /root/.ssh/authorized_keys 2>/dev/null; true\n");
      assert.equal(await read("received"), "");
    });

    it("would have got the password if a person had vouched for it", async () => {
      lab().prepare(late(fingerprint));
      const { stdout, stderr } = await lab().up();
      assert.match(stdout + stderr, /Pinned the host key of late: SHA256:/);
      const secrets = await lab().output<Record<string, Record<string, string>>>("secrets");
      const [password] = Object.values(secrets.late ?? {});
      assert.ok((await read("received")).includes(password ?? assert.fail("there is none")));
    });

    it("is refused with the key of another host of the stack", async () => {
      const { dns } = await lab().services();
      const { stdout } = await lab().on(
        dns!.address,
        "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub | cut -d ' ' -f 2",
      );
      answer(`${dns!.address}:22`);
      const printed = await lab().refuse(late(stdout.trim()));
      assert.match(
        printed,
        /Unable to trust the host of late: it has the same host key as dns \(SHA256:[\w+/]{43}\)/,
      );
    });
  });
}
