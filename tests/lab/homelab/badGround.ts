import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "mocha";
import { privileges } from "../../../components/proxmox/privileges";
import { labPaths } from "../../../lab/paths";
import { writeRole } from "../../../lab/pve/role";
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

    const up = () => lab().pulumi("up", "--stack", "dev", "--yes", "--skip-preview");

    /** What `pulumi up` says to a file with a mistake, which is mended again. */
    const refusedWith = async (file: string, right: string, wrong: string): Promise<string> => {
      lab().edit(file, (text) => text.replace(right, wrong));
      const { status, stdout, stderr } = await up();
      lab().edit(file, (text) => text.replace(wrong, right));
      assert.notEqual(status, 0);
      assert.doesNotMatch(stdout, /created/);
      return stdout + stderr;
    };

    /** The service that is added here, in whichever network the lab is. */
    const addressOfLate = () => {
      const { network } = labPaths(join(lab().project, ".nixmox", "lab"));
      const { network_cidr } = JSON.parse(readFileSync(network, "utf8")) as {
        network_cidr: string;
      };
      return network_cidr.replace(/\d+\/.*$/, "18");
    };

    it("says that it takes root", () => {
      const { status, stderr } = spawnSync(
        "setpriv",
        ["--reuid=65534", "--clear-groups", "bash", "-s", "lab"],
        // Another user may not even see the checkout.
        { cwd: "/", encoding: "utf8", input: readFileSync(join(repository, "cli", "setup.sh")) },
      );
      assert.equal(status, 1);
      assert.match(stderr, /^Unable to set up NixMox: .* takes root\. Run it as root/);
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
      const { status, stdout, stderr } = await up();
      lab().edit("manifest/nixmox.toml", (text) => text.replace(extra, ""));
      assert.notEqual(status, 0);
      assert.match(stdout + stderr, /single sign-on needs a service that provides sso/);
      assert.doesNotMatch(stdout, /created/);
    });

    it("says that the API token is wrong, before anything is made", async () => {
      const token = join(lab().project, ".nixmox", "wrong-token");
      writeFileSync(token, "nixmox@pve!lab=00000000-0000-4000-8000-000000000000\n");
      chmodSync(token, 0o400);
      lab().edit("manifest/nixmox.toml", (text) => text + late);
      lab().edit("nixos/hosts/late.nix", () => host("  services.no-such-option.enable = true;"));
      const right = "nixmox:apiTokenFile: .nixmox/lab/api-token";
      const wrong = "nixmox:apiTokenFile: .nixmox/wrong-token";
      const printed = await refusedWith("Pulumi.dev.yaml", right, wrong);
      assert.match(printed, /it refuses the API token \(401\)\. Give it a valid one/);
    });

    it("says that its role lacks privileges, before anything is made", async () => {
      const { role } = labPaths(join(lab().project, ".nixmox", "lab"));
      writeRole(role, ["VM.Audit", "VM.Allocate"]);
      const { status, stdout, stderr } = await up();
      writeRole(role, privileges);
      assert.notEqual(status, 0);
      assert.match(
        stdout + stderr,
        /the API token lacks the privileges VM\.Config\.CPU, .*SDN\.Use\. Give them to its role: `pveum/,
      );
      assert.doesNotMatch(stdout, /created/);
    });

    it("says that a node is not there, before anything is made", async () => {
      const [right, wrong] = ["[services.late]\n", '[services.late]\nnode = "pve9"\n'];
      const printed = await refusedWith("manifest/nixmox.toml", right, wrong);
      assert.match(printed, /it has no node pve9; its nodes are pve1, pve2\. Correct nixmox:node/);
    });

    it("says that a host never came up", async () => {
      const address = addressOfLate();
      // As if the container had never got its address.
      const table = ["inet", "nixmox_test_silence"];
      execFileSync("nft", ["add", "table", ...table]);
      const chain = "{ type filter hook output priority 0; }";
      execFileSync("nft", ["add", "chain", ...table, "out", chain]);
      execFileSync("nft", ["add", "rule", ...table, "out", "ip", "daddr", address, "drop"]);
      const settings = (text: string) =>
        text.replace("config:\n", "config:\n  nixmox:sshTimeout: 10\n");
      const before = readFileSync(join(lab().project, "Pulumi.dev.yaml"), "utf8");
      lab().edit("Pulumi.dev.yaml", settings);
      const { status, stdout, stderr } = await up();
      lab().edit("Pulumi.dev.yaml", () => before);
      execFileSync("nft", ["delete", "table", ...table]);
      assert.notEqual(status, 0);
      assert.match(
        stdout + stderr,
        /Unable to reach host 192\.168\.\d+\.18: no answer on port 22 after 10 s\. Look at the container/,
      );
      assert.match(stdout, /late-container-lxc .*created/);
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

    it("says why a host cannot be built, and goes on from there once it is mended", async () => {
      const broken = await up();
      assert.notEqual(broken.status, 0);
      assert.match(broken.stdout + broken.stderr, /no-such-option/);
      assert.match(broken.stdout + broken.stderr, /Unable to build late: nixos-rebuild failed/);
      lab().edit("nixos/hosts/late.nix", () => host(""));
      const mended = await up();
      assert.equal(mended.status, 0, mended.stdout + mended.stderr);
      assert.doesNotMatch(mended.stdout, /late-container-lxc .*created/);
    });
  });
}
