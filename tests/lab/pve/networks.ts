import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { type LabInfo, startLab } from "../../../lab/lab";
import { networksOf } from "../../../lab/labNetworks";
import { labPaths } from "../../../lab/paths";
import { EVERYTHING, writeAcl } from "../../../lab/pve/acl";
import { ask, send, work } from "./client";
import type { TestLab } from "./testLab";

const wanted = {
  name: "dmz",
  cidr: "192.168.229.0/24",
  gateway: "192.168.229.254",
  at: [{ bridge: "vmbr1", tag: 20 }],
};

/** A second network on another bridge, with a VLAN, and a second storage, in a lab that runs. */
export function describeNetworks(lab: () => TestLab): void {
  describe("a second network and a second storage", () => {
    let info: LabInfo;
    const dmz = () => networksOf(info).find(({ name }) => name === "dmz")!;
    const addressIn = (number: number) => dmz().gateway.replace(/\d+$/, String(number));

    before(async () => {
      const { dir } = lab();
      const log = () => undefined;
      info = await startLab({ dir, networks: [wanted], datastores: ["tank"], log });
      const granted = readFileSync(labPaths(dir).acl, "utf8");
      for (const path of ["/sdn/zones/localnetwork/vmbr1", "/storage/tank"]) {
        assert.ok(granted.includes(`"${path}"`), path);
      }
      writeAcl(labPaths(dir).acl, EVERYTHING);
      const net0 = `name=eth0,bridge=vmbr1,tag=20,firewall=1,ip=${addressIn(41)}/24,gw=${dmz().gateway}`;
      await work(lab(), "POST", "/nodes/pve1/lxc", lab().container(140));
      const other = lab().container(141, { net0, rootfs: "tank:2" });
      await work(lab(), "POST", "/nodes/pve2/lxc", other);
    });
    after(async () => {
      for (const [node, vmid] of Object.entries({ pve1: 140, pve2: 141 })) {
        await work(lab(), "DELETE", `/nodes/${node}/lxc/${vmid}`, { force: "1" });
      }
    });

    it("are there without a restart, and the same again the next time", async () => {
      assert.equal(dmz().gateway.split(".").at(-1), "254");
      const again = await startLab({
        dir: lab().dir,
        networks: [wanted],
        datastores: ["tank"],
        log: () => undefined,
      });
      assert.deepEqual(again, info);
      const bridges = await ask<{ iface: string }[]>(lab(), "GET", "/nodes/pve1/network");
      assert.deepEqual(
        bridges.map(({ iface }) => iface),
        ["vmbr0", "vmbr1"],
      );
      const moved: unknown = JSON.parse(readFileSync(join(lab().dir, "network.json"), "utf8"));
      const cidrs = { network_cidr: info.network.cidr, networks: { dmz: dmz().cidr } };
      assert.deepEqual(moved, cidrs);
    });

    it("reach each other through the machine alone", async () => {
      const from = lab().address(140);
      const connect = `bash -c '</dev/tcp/${from}/22' && ip neigh`;
      const neighbours = await lab().inside(141, connect, 20, addressIn(41));
      assert.ok(neighbours.includes(dmz().gateway), neighbours);
      assert.ok(!neighbours.includes(from), neighbours);
      const back = await lab().inside(140, `bash -c '</dev/tcp/${addressIn(41)}/22' && echo ok`);
      assert.equal(back, "ok");
    });

    it("are separate bridges of the machine, each with its own filter", () => {
      const ports = execFileSync("bridge", ["-j", "link"], { encoding: "utf8" });
      const masters = (JSON.parse(ports) as { ifname: string; master: string }[])
        .filter(({ ifname }) => /14[01]i0$/.test(ifname))
        .map(({ ifname, master }) => `${ifname.replace(/^.*?(14\d)i0$/, "$1")} ${master}`);
      assert.deepEqual(masters.sort(), [`140 ${info.bridge}`, `141 ${dmz().link}`]);
      const table = `nmx_${dmz().link.replace(/[^a-z0-9]/gi, "_")}`;
      execFileSync("nft", ["list", "table", "bridge", table]);
    });

    it("are the only ones", async () => {
      const params = lab().container(142, { net0: "name=eth0,bridge=vmbr7,ip=dhcp" });
      const { status, errors } = await send(lab(), "POST", "/nodes/pve1/lxc", params);
      assert.equal(status, 400);
      assert.match(errors.net0!, /bridge 'vmbr7' does not exist/);
    });
  });
}
