import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { readLab, startLab } from "../../../lab/lab";
import { networksOf } from "../../../lab/labNetworks";
import { dig, type Homelab } from "../homelab/homelab";
import { login } from "../homelab/databases";
import { ask } from "../homelab/web";
import type { SitePart } from "./part";

const labDir = (lab: Homelab) => join(lab.project, ".nixmox", "lab");

const manifest = `
[networks.dmz]
cidr = "192.168.98.0/24"
gateway = "192.168.98.1"
bridge = "vmbr1"
vlan_tag = 20

[services.board]
network = "dmz"
ip = "192.168.98.60"
vmid = 8160
datastore = "tank"
ports = [8080]
interface = { db = {}, route = {} }
`;

const host = `{ config, pkgs, ... }:
{
  systemd.services.board = {
    description = "A page";
    wantedBy = [ "multi-user.target" ];
    serviceConfig = {
      DynamicUser = true;
      ExecStart = "\${pkgs.caddy}/bin/caddy respond --listen \${config.nixmox.service.ip}:8080 board";
      Environment = "HOME=/tmp";
    };
  };
  nixmox.sandbox.board = { };
}
`;

/** A service in a second network: another bridge, another VLAN, another storage. */
export const networks: SitePart = {
  name: "a service in a second network",
  manifest,
  hosts: { board: host },

  // As `npm run up` does, which reads the manifest.
  prepare: async (lab) => {
    const at = [{ bridge: "vmbr1", tag: 20 }];
    const dmz = { name: "dmz", cidr: "192.168.98.0/24", gateway: "192.168.98.1", at };
    const options = { networks: [dmz], datastores: ["tank"], log: () => undefined };
    await startLab({ dir: labDir(lab), ...options });
  },

  describe: (lab) => {
    const board = async () => (await lab().services()).board!;
    const caOf = () => lab().output<string>("caCertificate");
    const page = async () => {
      const { caddy } = await lab().services();
      return ask("https://board.nixmox.lan/", caddy!.address, await caOf());
    };
    const configOf = (vmid: number) =>
      readFileSync(join(labDir(lab()), "pve", "nodes", "pve1", "lxc", `${vmid}.conf`), "utf8");

    it("is on its bridge, VLAN and storage, with its network's router", async () => {
      const { address } = await board();
      const dmz = networksOf(readLab(labDir(lab()))!).find(({ name }) => name === "dmz")!;
      const config = configOf(8160);
      assert.match(config, /^net0: .*bridge=vmbr1/m);
      assert.match(config, /^net0: .*tag=20/m);
      assert.match(config, /^rootfs: tank:/m);
      assert.ok(config.includes(`gw=${dmz.gateway}`) && config.includes(`ip=${address}/24`));
    });

    it("is found by name, also backwards, and is published by the proxy", async () => {
      const { dns, caddy } = await lab().services();
      const { address } = await board();
      assert.deepEqual(dig(dns!.address, "board.host.nixmox.lan"), [address]);
      assert.deepEqual(dig(dns!.address, "-x", address), ["board.host.nixmox.lan."]);
      assert.deepEqual(dig(dns!.address, "board.nixmox.lan"), [caddy!.address]);
      assert.equal((await page()).body, "board");
    });

    it("resolves names and reaches its database, and nothing that is not opened to it", async () => {
      const { postgresql, miniflux, dns } = await lab().services();
      const { address } = await board();
      const resolved = await lab().on(address, "getent ahostsv4 miniflux.host.nixmox.lan");
      assert.match(resolved.stdout, new RegExp(`^${miniflux!.address} `), resolved.stderr);
      assert.match(
        (await lab().on(address, "cat /etc/resolv.conf")).stdout,
        new RegExp(dns!.address),
      );
      const secrets = await lab().output<Record<string, Record<string, string>>>("secrets");
      const password = secrets.board!["database-board"]!;
      const command = login(postgresql!.address, "board", "board");
      assert.equal((await lab().on(address, command, password)).stdout.trim(), "board");
      const closed = `curl --silent --max-time 3 --insecure https://${miniflux!.address}:8080/`;
      assert.equal((await lab().on(address, closed)).status, 28, "it does not time out");
    });

    describe("that moves to the default network in one run", () => {
      it("keeps its container and data, and everything follows it", async () => {
        const before = await board();
        const mark = "date +%s%N >/var/lib/board-mark; cat /var/lib/board-mark /etc/machine-id";
        const written = (await lab().on(before.address, mark)).stdout;
        lab().edit("manifest/nixmox.toml", (text) =>
          text.replace('network = "dmz"\nip = "192.168.98.60"', 'ip = "192.168.99.60"'),
        );
        const { status, stdout, stderr } = await lab().up();
        assert.equal(status, 0, stdout + stderr);
        const { dns, postgresql, caddy } = await lab().services();
        const { address, vmid } = await board();
        assert.equal(vmid, before.vmid);
        assert.equal(address, caddy!.address.replace(/\d+$/, "60"));
        const kept = await lab().on(address, "cat /var/lib/board-mark /etc/machine-id");
        assert.equal(kept.stdout, written);
        assert.match(configOf(8160), /^net0: .*bridge=vmbr0/m);
        assert.deepEqual(dig(dns!.address, "board.host.nixmox.lan"), [address]);
        assert.deepEqual(dig(dns!.address, "-x", before.address), []);
        assert.equal((await page()).body, "board");
        const hba = await lab().on(postgresql!.address, "nft list ruleset");
        assert.ok(hba.stdout.includes(`${address} `) && !hba.stdout.includes(before.address));
      });
    });
  },
};
