import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "mocha";
import { labPaths } from "../../../lab/paths";
import type { Finished } from "../homelab/homelab";
import type { SitePart } from "./part";

const vault = (lines: string) => `
[services.vault]
ip = "192.168.99.70"
modules = []
${lines}
`;
const data = 'volumes.data = { path = "/srv/vault", size_gb = 1 }';
const grown = `${data.replace("size_gb = 1", "size_gb = 3")}\nresources.disk_gb = 10`;
/** What the manifest has now. Later deployments must not make the disks smaller again. */
let lines = data;

/** It writes down how often it was started. */
const host = `{
  systemd.services.vault = {
    wantedBy = [ "multi-user.target" ];
    script = "echo started >>/srv/vault/starts; exec sleep infinity";
  };
}
`;

/** A service with a disk of its own beside the root disk. */
export const volumes: SitePart = {
  name: "a service with a volume",
  get manifest() {
    return vault(lines);
  },
  hosts: { vault: host },
  describe: (lab) => {
    const of = async () => (await lab().services()).vault!;
    const inside = async (script: string) => {
      const { status, stdout, stderr } = await lab().on((await of()).address, script);
      assert.equal(status, 0, stderr);
      return stdout.trim();
    };
    /** When its init was started, and which container it is. */
    const life = () => inside("stat -c %Y /proc/1; cat /etc/machine-id");
    const configFile = async () => {
      const { node, vmid } = await of();
      const { nodes } = labPaths(join(lab().project, ".nixmox", "lab"));
      return join(nodes, node, "lxc", `${vmid}.conf`);
    };
    const settings = async () => readFileSync(await configFile(), "utf8");
    const resources = ["container", "volume-data"].map((part) => `vault-${part}`);
    /** A preview or a deployment of this service's disks alone. */
    const pulumi = async (command: readonly string[]): Promise<Finished> => {
      const found = await lab().pulumi("stack", "--stack", "dev", "--show-urns");
      const urns = resources.flatMap(
        (name) => new RegExp(`urn:\\S+::${name}(?=\\s)`).exec(found.stdout) ?? [],
      );
      const targets = urns.flatMap((urn) => ["--target", urn]);
      return lab().pulumi(...command, "--stack", "dev", "--diff", ...targets);
    };
    const preview = () => pulumi(["preview"]);
    const up = () => pulumi(["up", "--yes", "--skip-preview"]);
    /** Changes the manifest, for as long as `run` takes. */
    const withManifest = async <T>(other: string, run: () => Promise<T>): Promise<T> => {
      const before = lab().read("manifest/nixmox.toml");
      lab().edit("manifest/nixmox.toml", (text) => text.replace(lines, other));
      try {
        return await run();
      } finally {
        lab().write("manifest/nixmox.toml", before);
      }
    };
    const refusal = async (other: string, run = preview): Promise<string> => {
      const { status, stdout, stderr } = await withManifest(other, run);
      assert.notEqual(status, 0, stdout);
      return stdout + stderr;
    };
    let started: string;

    it("has it mounted before the service starts, which may not start without", async () => {
      started = await life();
      assert.match(
        await settings(),
        /^mp0: local-lvm:vm-\d+-disk-1,mp=\/srv\/vault,backup=1,size=1G$/m,
      );
      assert.match(await inside("mountpoint /srv/vault"), /is a mountpoint/);
      assert.equal(await inside("cat /srv/vault/starts"), "started");
      assert.equal(
        await inside("systemctl show vault.service --property AssertResult --value"),
        "yes",
      );
    });

    it("grows in place: the same container, not restarted, with its data", async () => {
      lab().edit("manifest/nixmox.toml", (text) => text.replace(lines, grown));
      lines = grown;
      const shown = await preview();
      assert.equal(shown.status, 0, shown.stdout + shown.stderr);
      assert.match(shown.stdout, /sizeGb\s*: 1 => 3/);
      assert.doesNotMatch(shown.stdout, /replace|\bdelete/i);
      const { status, stdout, stderr } = await up();
      assert.equal(status, 0, stdout + stderr);
      assert.match(await settings(), /^mp0: .*size=3G$/m);
      assert.match(await settings(), /^rootfs: .*size=10G$/m);
      assert.equal(await life(), started);
      assert.equal(await inside("cat /srv/vault/starts"), "started");
    });

    it("is not made smaller or taken away: a preview says so, and what to do", async () => {
      assert.match(await refusal(grown.replace("size_gb = 3", "size_gb = 2")), /Write size_gb = 3/);
      // The engine deletes nothing that what is not its target depends on.
      const all = () => lab().pulumi("preview", "--stack", "dev");
      assert.match(await refusal("resources.disk_gb = 10", all), /`pct set \d+ --delete mp0`/);
      assert.match(await inside("cat /srv/vault/starts"), /started/);
    });

    it("has a root disk that is not made smaller either", async () => {
      const shrunk = await refusal(grown.replace("disk_gb = 10", "disk_gb = 9"));
      assert.match(shrunk, /from 10 to 9 GiB.*Write resources\.disk_gb = 10/);
      assert.equal(await life(), started);
    });

    it("leaves alone what root@pam mounted or passed through by hand", async () => {
      const folder = join(lab().project, ".nixmox", "media");
      mkdirSync(folder, { recursive: true });
      const file = await configFile();
      const before = readFileSync(file, "utf8");
      const byHand = `mp1: ${folder},mp=/srv/media\ndev0: /dev/null\n`;
      const converted = before
        .replace(/^features: .*$/m, "features: keyctl=1,nesting=1")
        .replace("unprivileged: 1\n", "");
      writeFileSync(file, converted + byHand);
      try {
        const refreshed = await pulumi(["preview", "--refresh"]);
        assert.equal(refreshed.status, 0, refreshed.stdout + refreshed.stderr);
        assert.doesNotMatch(refreshed.stdout, /replace|delete|to update/);
        const changed = await withManifest(`${grown}\nresources.cores = 2`, up);
        assert.equal(changed.status, 0, changed.stdout + changed.stderr);
        assert.match(changed.stdout, /~ 1 updated/);
        assert.doesNotMatch(changed.stdout, /replace/);
        const after = readFileSync(file, "utf8");
        for (const line of byHand.trim().split("\n")) assert.ok(after.includes(line), after);
        assert.match(after, /^features: keyctl=1,nesting=1$/m);
        assert.doesNotMatch(after, /^unprivileged/m);
        assert.match(after, /^cores: 2$/m);
        assert.equal(await life(), started);
      } finally {
        writeFileSync(file, before);
        rmSync(folder, { recursive: true });
      }
    });
  },
};
