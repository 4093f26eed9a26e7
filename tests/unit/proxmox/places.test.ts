import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "mocha";
import { preflight, type WantedGuest } from "../../../components/proxmox/preflight";
import { grantsFor } from "../../../components/proxmox/privileges";
import { warningsOf } from "../warnings";
import { FakeProxmox } from "./fakeProxmox";
import { grantedBy, places, stackPlaces } from "./grants";
import { miniflux, stack } from "./samples";

describe("the preflight of bridges, storages and nodes", () => {
  let fake: FakeProxmox;
  const wide = { ...places, bridges: ["vmbr0", "vmbr1"], datastores: ["local-lvm", "tank"] };

  before(async () => {
    fake = await FakeProxmox.start();
  });
  beforeEach(() => {
    fake.answers = {};
    fake.permissions = grantedBy(grantsFor(wide));
    fake.bridges = [{ iface: "vmbr0" }, { iface: "vmbr1" }];
    fake.storages = ["local-lvm", "tank"].map((storage) => ({ storage, content: "rootdir" }));
  });
  after(() => fake.stop());

  const ask = (change: Partial<WantedGuest>, nodes: readonly string[] = []) =>
    preflight(fake.access, stack, [{ ...miniflux, ...change }], { ...stackPlaces, nodes });
  const problem = async (change: Partial<WantedGuest>, nodes?: readonly string[]) => {
    const error = await ask(change, nodes).then(
      () => assert.fail("it passed"),
      (reason: Error) => reason,
    );
    return error.message.replace(/^Unable to use Proxmox VE at https:\/\/\S+: /, "");
  };

  it("lets pass what the node has and the token may use", async () => {
    await ask({ bridge: "vmbr1", vlan: 20, datastores: ["tank", "local-lvm"] });
  });

  it("names a bridge and a storage that the node does not have", async () => {
    fake.permissions = grantedBy(
      grantsFor({ ...wide, bridges: ["vmbr0", "vmbr7"], datastores: ["local-lvm", "tnak"] }),
    );
    assert.equal(
      await problem({ bridge: "vmbr7" }),
      "node pve1 has no bridge vmbr7 for miniflux; its bridges are vmbr0, vmbr1. Create it there, or correct `bridge` in the " +
        "manifest (of the service, its network or its node) or nixmox:bridge.",
    );
    assert.equal(
      await problem({ datastores: ["tnak"] }),
      "node pve1 has no storage tnak for miniflux; its storages for disks are local-lvm, tank. Correct `datastore` in the " +
        "manifest (of the service or its node) or nixmox:datastore.",
    );
  });

  it("names a storage that takes no disks", async () => {
    fake.storages = [
      { storage: "local-lvm", content: "rootdir" },
      { storage: "tank", content: "iso,vztmpl" },
    ];
    assert.match(
      await problem({ datastores: ["tank"] }),
      /^storage tank on node pve1 does not take container disks, which miniflux needs; .*Allow it the content `rootdir`/,
    );
  });

  it("says what the token lacks there, and not also that it sees nothing", async () => {
    fake.permissions = grantedBy();
    fake.bridges = [{ iface: "vmbr0" }];
    const lacks = await problem({ bridge: "vmbr1", datastores: ["tank"] });
    assert.match(
      lacks,
      /^the API token lacks the privileges Datastore\.AllocateSpace on \/storage\/tank; SDN\.Use on \/sdn\/zones\/localnetwork\/vmbr1\./,
    );
    assert.match(lacks, /`pveum acl modify \/sdn\/zones\/localnetwork\/vmbr1 .*--roles NixMox`/);
    assert.doesNotMatch(lacks, /has no/);
  });

  it("does not call the stack's own bridge and storage too much where no service is on them", async () => {
    const warnings = await warningsOf(() => ask({ bridge: "vmbr1", datastores: ["tank"] }));
    assert.deepEqual(warnings, []);
  });

  it("names a node that only a table of the manifest has", async () => {
    assert.match(await problem({}, ["pve1", "pve9"]), /^it has no node pve9; .*`\[nodes\]`/);
  });

  it("says that a node's own network is another one, as behind a wide range of addresses", async () => {
    fake.permissions = grantedBy();
    fake.bridges = [{ iface: "vmbr0", cidr: "192.168.99.2/25" }];
    const [said, ...more] = await warningsOf(() => ask({ vlan: undefined }));
    assert.match(
      said!,
      /^Node pve1 is in 192\.168\.99\.0\/25 on bridge vmbr0, but the manifest says 192\.168\.99\.0\/24\./,
    );
    assert.deepEqual(more, []);
    assert.deepEqual(await warningsOf(() => ask({ vlan: 99 })), []);
  });

  it("leaves a node that does not answer for the run itself", async () => {
    fake.answers = { "nodes/pve1/network": [595, "No route to host", '{"data":null}'] };
    await ask({ bridge: "vmbr1" });
  });
});
