import assert from "node:assert/strict";
import { join } from "node:path";
import { before, describe, it } from "mocha";
import { finish, type Homelab, type ServiceOutput } from "./homelab";

/** Begins 60 logins at a host, prints how many of them are heard, and holds them for a while. */
const crowd = (address: string) => `python3 -c '
import socket, time
held = []
for _ in range(60):
    s = socket.create_connection(("${address}", 22), 2); s.settimeout(2); held.append(s)
def greeted(s):
    try: return s.recv(4) == b"SSH-"
    except OSError: return False
print(sum(map(greeted, held)), flush=True)
time.sleep(4)
'`;

export function describeLogin(lab: () => Homelab): void {
  describe("a login over SSH", () => {
    let services: Record<string, ServiceOutput>;

    before(async () => {
      services = await lab().services();
    });

    const ssh = (...options: string[]) => {
      const key = join(lab().project, ".nixmox", "ssh", "id_ed25519");
      const args = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"];
      const host = `root@${services.dns!.address}`;
      return finish("ssh", [...args, "-i", key, ...options, host, "true"]);
    };

    it("takes a key, and nothing else is offered", async () => {
      const { status, stderr } = await ssh("-o", "PubkeyAuthentication=no");
      assert.equal(status, 255);
      assert.match(stderr, /Permission denied \(publickey\)/);
    });

    it("connects from the host to what only the host reaches", async () => {
      const { stdout } = await ssh("-W", "127.0.0.1:22");
      assert.match(stdout, /^SSH-2\.0-/);
    });

    it("listens for nothing there, and takes no agent along", async () => {
      const forward = ["-R", "127.0.0.1:7778:127.0.0.1:22"];
      const { stderr } = await ssh("-o", "ExitOnForwardFailure=yes", ...forward);
      assert.match(stderr, /remote port forwarding failed for listen port 7778/);
      const { stdout } = await lab().on(services.dns!.address, "sshd -T");
      for (const line of ["allowagentforwarding no", "x11forwarding no", "permittunnel no"]) {
        assert.ok(stdout.split("\n").includes(line), line);
      }
    });

    it("is not kept out by a host that begins many", async () => {
      const { caddy, dns } = services;
      const flood = lab().on(caddy!.address, crowd(dns!.address));
      await new Promise((resolve) => setTimeout(resolve, 2000));
      const logins = await Promise.all([1, 2, 3, 4, 5].map(() => ssh()));
      assert.deepEqual(
        logins.map(({ status }) => status),
        [0, 0, 0, 0, 0],
      );
      assert.equal((await flood).stdout, "20\n");
    });
  });
}
