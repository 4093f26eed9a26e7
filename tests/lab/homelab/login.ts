import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "mocha";
import { finish, type Homelab } from "./homelab";

export function describeLogin(lab: () => Homelab): void {
  describe("a login over SSH", () => {
    const ssh = async (...options: string[]) => {
      const { dns } = await lab().services();
      const key = join(lab().project, ".nixmox", "ssh", "id_ed25519");
      const args = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"];
      return finish("ssh", [...args, "-i", key, ...options, `root@${dns!.address}`, "true"]);
    };

    it("takes a key, and no other way is offered", async () => {
      const none = ["-o", "PubkeyAuthentication=no", "-o", "IdentitiesOnly=yes"];
      const { status, stderr } = await ssh(...none);
      assert.equal(status, 255);
      assert.match(stderr, /Permission denied \(publickey\)/);
    });

    it("connects from the host to what only the host reaches", async () => {
      const { stdout } = await ssh("-W", "127.0.0.1:22");
      assert.match(stdout, /^SSH-2\.0-/);
    });

    it("listens for nothing there, and takes no agent along", async () => {
      const exit = ["-o", "ExitOnForwardFailure=yes"];
      const remote = await ssh(...exit, "-R", "127.0.0.1:7778:127.0.0.1:22");
      assert.match(remote.stderr, /remote port forwarding failed for listen port 7778/);
      const { dns } = await lab().services();
      const { stdout } = await lab().on(dns!.address, "sshd -T");
      for (const line of ["allowagentforwarding no", "x11forwarding no", "permittunnel no"]) {
        assert.ok(stdout.split("\n").includes(line), line);
      }
    });
  });
}
