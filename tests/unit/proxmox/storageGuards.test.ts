import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { checkRemoval, checkShrink } from "../../../components/proxmox/storageGuards";
import { PveProvider } from "../../../providers/pve/provider";
import { FakeProxmox } from "./fakeProxmox";

const state = {
  service: "photos",
  volume: "data",
  nodeName: "pve1",
  vmId: 7070,
  path: "/srv/photos",
  sizeGb: 500,
  datastore: "local-lvm",
  backup: true,
  key: "mp0",
  volumeId: "local-lvm:vm-7070-disk-1",
};
const urn = "urn:pulumi:dev::nixmox::nixmox:index:Service$pve:index:Volume::photos-volume-data";
const volume = { path: "/srv/photos", size_gb: 500, backup: true };

describe("a volume that the manifest no longer has", () => {
  let fake: FakeProxmox;
  const has = (mp0: string | undefined) => {
    fake.guests = [{ vmid: 7070, name: "photos", config: mp0 === undefined ? {} : { mp0 } }];
  };
  const remove = (volumes: Record<string, typeof volume>, access = fake.access) =>
    checkRemoval(access, urn, state, [{ name: "photos", vmid: 7070, volumes }]);
  before(async () => (fake = await FakeProxmox.start()));
  after(() => fake.stop());

  it("is refused while its container has it, with the commands to detach or rename it", async () => {
    has("local-lvm:vm-7070-disk-1,mp=/srv/photos,size=500G");
    await assert.rejects(remove({}), ({ message }: Error) => {
      assert.match(
        message,
        /^Unable to remove volume data of photos: it holds what is in \/srv\/photos\./,
      );
      assert.match(message, /on node pve1 `pct set 7070 --delete mp0` and `pct reboot 7070`/);
      assert.match(message, /`pulumi state rename '.*::photos-volume-data' photos-volume-NEWNAME`/);
      return true;
    });
  });

  it("is refused at a preview that can ask nobody", async () => {
    const nobody = { ...fake.access, endpoint: "https://127.0.0.1:9/" };
    await assert.rejects(remove({}, nobody), /Unable to remove volume data/);
  });

  it("is forgotten once its container has it no more", async () => {
    has(undefined);
    await remove({});
    has("/tank,mp=/srv/media");
    await remove({});
  });

  it("goes with its container, and where that is replaced", async () => {
    has("local-lvm:vm-7070-disk-1,mp=/srv/photos,size=500G");
    await checkRemoval(fake.access, urn, state, []);
    await remove({ data: volume });
  });
});

describe("a disk that can't be changed in place", () => {
  const provider = new PveProvider();
  const refusal = (change: object): string => {
    try {
      provider.diff(urn, state, { ...state, ...change }, state);
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error("it was accepted");
  };

  it("is not made smaller, moved to another path, or to another storage", () => {
    assert.match(refusal({ sizeGb: 499 }), /it has 500 GiB.*Write size_gb = 500\./);
    assert.match(
      refusal({ path: "/srv/library" }),
      /`pct set 7070 -mp0 local-lvm:vm-7070-disk-1,mp=\/srv\/library,backup=1` and `pct reboot 7070`/,
    );
    assert.match(
      refusal({ datastore: "tank" }),
      /`pct shutdown 7070` and `pct move-volume 7070 mp0 tank` and `pct start 7070`, then `pulumi refresh`/,
    );
  });

  it("grows, and gets into backups or out of them", () => {
    const changes = { sizeGb: 600, backup: false };
    assert.deepEqual(provider.diff(urn, state, { ...state, ...changes }, state), [
      { property: "sizeGb", change: "update", replaces: false },
      { property: "backup", change: "update", replaces: false },
    ]);
    assert.deepEqual(provider.diff(urn, state, state, state), []);
  });

  it("is another one in another container, whatever its size", () => {
    const differences = provider.diff(urn, state, { ...state, vmId: 7071, sizeGb: 1 }, state);
    assert.deepEqual(
      differences.filter(({ replaces }) => replaces).map(({ property }) => property),
      ["vmId"],
    );
  });

  it("is a root disk that shrinks", () => {
    const disk = (size: number) => ({
      nodeName: "pve1",
      vmId: 7070,
      disk: { size, datastoreId: "local-lvm" },
    });
    checkShrink(disk(8), disk(8));
    checkShrink(disk(8), disk(16));
    assert.throws(
      () => checkShrink(disk(16), disk(8)),
      /from 16 to 8 GiB.*Write resources\.disk_gb = 16\./,
    );
  });
});
