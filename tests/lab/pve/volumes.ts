import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { labPaths } from "../../../lab/paths";
import { PveProvider } from "../../../providers/pve/provider";
import { ask, send, work } from "./client";
import type { TestLab } from "./testLab";

const CONFIG = "/nodes/pve1/lxc/230/config";
const URN = "urn:pulumi:test::nixmox::pve:index:Volume::photos-volume-data";
const wanted = {
  service: "photos",
  volume: "data",
  nodeName: "pve1",
  vmId: 230,
  path: "/srv/photos",
  sizeGb: 2,
  datastore: "local-lvm",
  backup: true,
};

/** Disks of a container that runs. Needs 230 on pve1, and leaves it without any. */
export function describeVolumes(lab: () => TestLab): void {
  describe("volumes", () => {
    const provider = new PveProvider();
    const config = () => ask<Record<string, string>>(lab(), "GET", CONFIG);
    const booted = () => lab().inside(230, "stat -c %Y /proc/1");
    let folder: string;
    let start: string;

    before(async () => {
      folder = mkdtempSync(join(tmpdir(), "nixmox-by-hand-"));
      provider.configure({
        endpoint: lab().info.endpoint,
        insecure: "false",
        ca: readFileSync(join(lab().dir, "tls", "cert.pem"), "utf8"),
        token: readFileSync(join(lab().dir, "api-token"), "utf8").trim(),
      });
      start = await booted();
    });

    after(() => {
      provider.cancel();
      rmSync(folder, { recursive: true });
    });

    it("mounts one into the running container, whose root owns it", async () => {
      const { id, properties } = await provider.create(URN, wanted);
      assert.equal(id, "pve1/230/mp0");
      assert.deepEqual(properties, { ...wanted, key: "mp0", volumeId: "local-lvm:vm-230-disk-1" });
      const { mp0 } = await config();
      assert.equal(mp0, "local-lvm:vm-230-disk-1,mp=/srv/photos,backup=1,size=2G");
      const script =
        "mountpoint -q /srv/photos && stat -c '%U %a' /srv/photos && echo kept >/srv/photos/a";
      assert.equal(await lab().inside(230, script), "root 755");
      assert.equal(await booted(), start);
    });

    it("grows it in place, and its data stays", async () => {
      const { properties } = await provider.update("pve1/230/mp0", URN, {}, wanted, {
        ...wanted,
        sizeGb: 4,
      });
      assert.equal((properties as typeof wanted).sizeGb, 4);
      assert.match((await config()).mp0!, /size=4G/);
      assert.equal(await lab().inside(230, "cat /srv/photos/a"), "kept");
      assert.equal(await booted(), start);
    });

    it("takes over one that an interrupted run has made, but not a larger one", async () => {
      const { id } = await provider.create(URN, { ...wanted, sizeGb: 4 });
      assert.equal(id, "pve1/230/mp0");
      await assert.rejects(provider.create(URN, wanted), /has 4 GiB, and disks do not shrink/);
      await assert.rejects(
        provider.create(URN, { ...wanted, datastore: "tank" }),
        /Write datastore = "local-lvm"/,
      );
      assert.equal(await lab().inside(230, "cat /srv/photos/a"), "kept");
    });

    it("mounts no second one over the first, and says what Proxmox VE says", async () => {
      const refused = provider.create(URN, { ...wanted, path: "/srv/more", datastore: "local" });
      await assert.rejects(
        refused,
        /Unable to create volume data of photos: .*container directories/s,
      );
    });

    it("sees what was changed by hand", async () => {
      const file = join(labPaths(lab().dir).nodes, "pve1", "lxc", "230.conf");
      const text = readFileSync(file, "utf8");
      writeFileSync(
        file,
        text.replace(
          /^mp0: .*$/m,
          (line) => `${line.replace("size=4G", "size=6G")}\nmp1: ${folder},mp=/srv/media`,
        ),
      );
      const found = await provider.read("pve1/230/mp0", URN, {}, wanted);
      assert.equal(found?.inputs.sizeGb, 6);
      assert.equal(await provider.read("pve1/230/mp1", URN, {}, wanted), undefined);
      await assert.rejects(
        provider.create(URN, { ...wanted, path: "/srv/media" }),
        /of the node is mounted at \/srv\/media/,
      );
    });

    it("deletes none, and forgets one that was detached, whose data stays on the storage", async () => {
      const state = { ...wanted, key: "mp0" };
      await assert.rejects(provider.delete("pve1/230/mp0", URN, state), /pct set 230 --delete mp0/);
      const root = { delete: "mp0,mp1" };
      const { status } = await send(lab(), "PUT", CONFIG, root);
      assert.equal(status, 200);
      await provider.delete("pve1/230/mp0", URN, state);
      assert.equal(await lab().inside(230, "cat /srv/photos/a"), "kept");
      await work(lab(), "POST", "/nodes/pve1/lxc/230/status/reboot");
      assert.equal(
        await lab().inside(230, "ls -A /srv/photos /srv/media 2>/dev/null | grep -c a$ || true"),
        "0",
      );
      const { unused0, mp0 } = await config();
      assert.deepEqual([unused0, mp0], ["local-lvm:vm-230-disk-1", undefined]);
      await ask(lab(), "PUT", CONFIG, { delete: "unused0" });
      assert.equal((await config()).unused0, undefined);
    });
  });
}
