import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "mocha";
import { ACL } from "../../../lab/identity";
import { labPaths } from "../../../lab/paths";
import { writeAcl } from "../../../lab/pve/acl";
import { type Additions, type Homelab, repository } from "./homelab";

const manifest = `
[services.late]
ip = "192.168.99.18"
interface.health.startup = "systemctl is-active --quiet sshd"
`;

const late: Additions = { manifest, hosts: { late: "{ }\n" } };

export function describePreflight(lab: () => Homelab): void {
  describe("what cannot be deployed", () => {
    after(() => lab().deploy({}));

    const pin = (address: string, key: string, timeout: number, pinned?: string) =>
      spawnSync(
        "bash",
        [join(repository, "components/scripts/pin-host-key.sh"), address, key, String(timeout)],
        {
          encoding: "utf8",
          env: { ...process.env, ...(pinned && { PULUMI_COMMAND_STDOUT: pinned }) },
        },
      );

    /** What is printed; nothing must have been created. */
    const refuse = async (
      additions: Additions,
      change?: (manifest: string) => string,
    ): Promise<string> => {
      const printed = await lab().refuse(additions, change);
      assert.doesNotMatch(printed, /(proxmoxve|command|random):\S+ \S+ (cre|upd|del|repl)\w*ed/);
      return printed;
    };

    it("says that it needs root", () => {
      const { status, stderr } = spawnSync(
        "setpriv",
        ["--reuid=65534", "--clear-groups", "bash", "-s", "lab"],
        // Another user may not even see the checkout.
        { cwd: "/", encoding: "utf8", input: readFileSync(join(repository, "cli", "setup.sh")) },
      );
      assert.equal(status, 1);
      assert.match(stderr, /^Unable to set up NixMox: .* root\. Run it as root/);
    });

    it("refuses a host whose key is not the pinned one", async () => {
      const { dns } = await lab().services();
      const key = join(lab().project, ".nixmox", "ssh", "id_ed25519");
      const other =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
      const { status, stderr } = pin(dns!.address, key, 20, other);
      assert.equal(status, 1);
      assert.match(stderr, /its host key is not the one that was pinned/);
    });

    it("refuses a role that no service provides, before anything is created", async () => {
      const sso = /^\[core_services\.authentik\]\nip = .*\n/m;
      const printed = await refuse(late, (text) => text.replace(sso, ""));
      assert.match(printed, /single sign-on needs a service with the role "sso"/);
    });

    it("says that the API token is wrong, before anything is created", async () => {
      const token = join(lab().project, ".nixmox", "wrong-token");
      writeFileSync(token, "nixmox@pve!lab=00000000-0000-4000-8000-000000000000\n");
      chmodSync(token, 0o400);
      const settings = { apiTokenFile: ".nixmox/wrong-token" };
      const printed = await refuse({ ...late, settings });
      assert.match(printed, /it refuses the API token \(401\)\. Give it a valid one/);
    });

    it("says that its role lacks privileges, before anything is created", async () => {
      const { acl } = labPaths(join(lab().project, ".nixmox", "lab"));
      const few = ACL.map((entry) => ({ ...entry, privileges: ["VM.Audit", "VM.Allocate"] }));
      writeAcl(acl, few);
      const printed = await refuse(late).finally(() => writeAcl(acl, ACL));
      assert.match(
        printed,
        /lacks the privileges VM\.Config\.CPU, .*SDN\.Use on \S+;? .*Give them to it and to its user: `pveum/,
      );
    });

    it("says that a node does not exist, before anything is created", async () => {
      const elsewhere = manifest.replace("ip =", 'node = "pve9"\nip =');
      const printed = await refuse({ ...late, manifest: elsewhere });
      assert.match(printed, /it has no node pve9; its nodes are pve1, pve2\. Correct nixmox:node/);
    });

    it("says that a host never came up", async () => {
      const address = (await lab().services()).dns!.address.replace(/\d+$/, "18");
      // As if the container had never got its address.
      const table = ["inet", "nixmox_test_silence"];
      const nft = (...args: string[]) => execFileSync("nft", args);
      nft("add", "table", ...table);
      try {
        nft("add", "chain", ...table, "out", "{ type filter hook output priority 0; }");
        nft("add", "rule", ...table, "out", "ip", "daddr", address, "drop");
        const printed = await lab().refuse({ ...late, settings: { sshTimeout: "10" } });
        assert.match(
          printed,
          /Unable to reach host 192\.168\.\d+\.18: no answer on port 22 after 10 s\. Look at the container/,
        );
        assert.match(printed, /late-container .*created/);
      } finally {
        nft("delete", "table", ...table);
      }
    });

    it("says that a host refuses the SSH key", async () => {
      const { dns } = await lab().services();
      const folder = mkdtempSync(join(tmpdir(), "nixmox-key-"));
      const key = join(folder, "stranger");
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
      const { status, stderr } = pin(dns!.address, key, 60);
      rmSync(folder, { recursive: true });
      assert.equal(status, 1);
      assert.match(stderr, /^Unable to reach host .*: it refuses the SSH key .*authorized_keys/);
    });

    it("says why a host cannot be built, and continues from there once it is corrected", async () => {
      const wrong = "{ services.no-such-option.enable = true; }\n";
      const printed = await lab().refuse({ ...late, hosts: { late: wrong } });
      assert.match(printed, /no-such-option/);
      assert.match(printed, /Unable to build late: nixos-rebuild failed/);
      const { stdout } = await lab().deploy(late);
      assert.match(stdout, /late-health .*created/);
      assert.doesNotMatch(stdout, /late-container .*created/);
    });
  });
}
