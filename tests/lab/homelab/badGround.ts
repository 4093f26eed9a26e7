import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "mocha";
import { type Homelab, repository } from "./homelab";

const late = `
[services.late]
ip = "192.168.99.18"
interface.health.startup = "systemctl is-active --quiet sshd"
`;

const host = (lines: string) => `{ ... }:
{
  imports = [ ../modules/base ];
${lines}
}
`;

export function describeBadGround(lab: () => Homelab): void {
  describe("on bad ground", () => {
    const pin = (address: string, key: string, timeout: number) =>
      spawnSync(
        "bash",
        [join(repository, "components", "pin-host-key.sh"), address, key, String(timeout)],
        { encoding: "utf8" },
      );

    it("says that it takes root", () => {
      const { status, stderr } = spawnSync(
        "setpriv",
        ["--reuid=65534", "--clear-groups", "bash", join(repository, "lab", "setup.sh")],
        { encoding: "utf8" },
      );
      assert.equal(status, 1);
      assert.match(stderr, /^Unable to set up NixMox: .* takes root\. Run it as root/);
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

    it("says that a host never came up", async () => {
      const { dns } = await lab().services();
      const nobody = dns!.address.replace(/\d+$/, "250");
      const key = join(lab().project, ".nixmox", "ssh", "id_ed25519");
      const { status, stderr } = pin(nobody, key, 3);
      assert.equal(status, 1);
      assert.match(stderr, /^Unable to reach host .*no answer.* Look at the container/);
    });

    it("refuses a host whose key is not the pinned one", async () => {
      const { dns } = await lab().services();
      const key = join(lab().project, ".nixmox", "ssh", "id_ed25519");
      process.env.PULUMI_COMMAND_STDOUT = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE90aGVy";
      const { status, stderr } = pin(dns!.address, key, 20);
      delete process.env.PULUMI_COMMAND_STDOUT;
      assert.equal(status, 1);
      assert.match(stderr, /its host key is not the one that was pinned/);
    });

    it("refuses a role that nobody provides before anything is made", async () => {
      const extra = late + "interface.auth = { type = 'forward_auth' }\n";
      lab().edit("manifest/nixmox.toml", (text) => text + extra);
      const { status, stdout, stderr } = await lab().pulumi(
        "up",
        "--stack",
        "dev",
        "--yes",
        "--skip-preview",
      );
      lab().edit("manifest/nixmox.toml", (text) => text.replace(extra, ""));
      assert.notEqual(status, 0);
      assert.match(stdout + stderr, /single sign-on needs a service that provides sso/);
      assert.doesNotMatch(stdout, /created/);
    });

    it("says that the API token is wrong, and goes on from there with a right one", async () => {
      const token = join(lab().project, ".nixmox", "wrong-token");
      writeFileSync(token, "nixmox@pve!lab=00000000-0000-4000-8000-000000000000\n");
      chmodSync(token, 0o400);
      const right = "nixmox:apiTokenFile: .nixmox/lab/api-token";
      const wrong = "nixmox:apiTokenFile: .nixmox/wrong-token";
      lab().edit("manifest/nixmox.toml", (text) => text + late);
      lab().edit("nixos/hosts/late.nix", () => host("  services.no-such-option.enable = true;"));
      lab().edit("Pulumi.dev.yaml", (text) => text.replace(right, wrong));
      const refused = await lab().pulumi("up", "--stack", "dev", "--yes", "--skip-preview");
      lab().edit("Pulumi.dev.yaml", (text) => text.replace(wrong, right));
      assert.notEqual(refused.status, 0);
      assert.match(
        refused.stdout + refused.stderr,
        /it refuses the API token \(401\)\. Give it a valid one/,
      );
      assert.doesNotMatch(refused.stdout, /created/);
    });

    it("says why a host cannot be built, and goes on from there once it is mended", async () => {
      const broken = await lab().pulumi("up", "--stack", "dev", "--yes", "--skip-preview");
      assert.notEqual(broken.status, 0);
      assert.match(broken.stdout + broken.stderr, /no-such-option/);
      assert.match(broken.stdout + broken.stderr, /Unable to build late: nixos-rebuild failed/);
      lab().edit("nixos/hosts/late.nix", () => host(""));
      const mended = await lab().pulumi("up", "--stack", "dev", "--yes", "--skip-preview");
      assert.equal(mended.status, 0, mended.stdout + mended.stderr);
      assert.doesNotMatch(mended.stdout, /late-container-lxc .*created/);
    });
  });
}
