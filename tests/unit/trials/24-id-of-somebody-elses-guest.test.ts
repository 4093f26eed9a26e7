import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { guestPlacement } from "../../../components/placement";
import { preflight } from "../../../components/proxmox/preflight";
import { shortName } from "../../../manifest/resolve/addresses";
import { load } from "../fixtures";
import { FakeProxmox } from "../proxmox/fakeProxmox";
import { stackPlaces } from "../proxmox/grants";
import { stack } from "../proxmox/samples";

const manifestText = `
[network]
domain = "home.example"
network_cidr = "192.168.40.0/24"
gateway = "192.168.40.1"

[core_services.dns]
ip = "192.168.40.13"

[core_services.caddy]
ip = "192.168.40.10"

[services.notes]
ip = "192.168.40.11"
ports = [8080]
interface.route = {}
`;

describe("a derived id that a guest of somebody else has", () => {
  const { manifest } = load(manifestText);
  const settings = { node: "pve1", container: { bridge: "vmbr0", datastore: "local-lvm" } };
  const wanted = manifest.services.map((spec) => ({
    service: spec.name,
    formerly: spec.formerly,
    vmid: spec.vmid,
    hostname: shortName(spec.hostname),
    address: spec.ip,
    ...guestPlacement(manifest, spec, settings),
  }));
  let fake: FakeProxmox;

  before(async () => {
    fake = await FakeProxmox.start();
  });
  after(() => fake.stop());

  it("is far from where Proxmox VE itself begins", async () => {
    assert.deepEqual(
      wanted.map(({ vmid }) => vmid),
      [7010, 7013, 7011],
    );
    fake.guests = [{ type: "qemu", vmid: 110, name: "plex", running: true }];
    await preflight(fake.access, stack, wanted, stackPlaces);
  });

  it("ends the run before anything is made, on any node and for any kind of guest", async () => {
    for (const [type, node] of [
      ["qemu", "pve2"],
      ["lxc", "pve1"],
    ] as const) {
      fake.guests = [{ type, node, vmid: 7010, name: "precious", running: true }];
      await assert.rejects(
        preflight(fake.access, stack, wanted, stackPlaces),
        new RegExp(
          `service caddy has vmid 7010 .*${type === "lxc" ? "container" : "VM"} 7010 \\(precious\\) on node ${node}, which this stack did not create.*7012`,
        ),
      );
    }
  });
});
