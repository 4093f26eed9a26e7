import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { guestPlacement, placementOf } from "../../../components/placement";
import { subnetOf } from "../../../manifest/resolve/networks";
import { sliceOf } from "../../../manifest/slice";
import { load, refusal } from "../fixtures";

/** A homelab with three VLANs and an untagged network, two nodes and two storages. */
const manifestText = `
[network]
domain = "home.example"
network_cidr = "192.168.40.0/24"
gateway = "192.168.40.254"
vlan_tag = 40
bridge = "vmbr0"

[networks.apps]
cidr = "192.168.20.0/24"
gateway = "192.168.20.254"
vlan_tag = 20
bridge = "vmbr0"

[networks.trusted]
cidr = "192.168.30.0/24"
gateway = "192.168.30.254"
vlan_tag = 30
dns = ["192.168.30.254"]

[networks.management]
cidr = "192.168.1.0/24"
gateway = "192.168.1.1"
mtu = 9000
firewall = false

[nodes.pve-big]
datastore = "Storage"
bridge = "vmbr1"

[core_services.dns]
ip = "192.168.40.13"
unit = "unbound.service"

[core_services.postgresql]
ip = "192.168.40.11"

[core_services.caddy]
ip = "192.168.40.105"

[services.wiki]
ip = "192.168.40.114"
ports = [8000]
interface.route = {}

[services.push]
network = "apps"
ip = "192.168.20.109"
ports = [8080]
interface.route = {}

[services.vault]
network = "trusted"
ip = "192.168.30.113"
node = "pve-big"
ports = [8222]
interface.route = {}

[services.dashboard]
network = "management"
ip = "192.168.1.122"
ports = [8080]
interface.route = {}

[services.photos]
ip = "192.168.40.115"
node = "pve-big"
bridge = "vmbr2"
resources = { cores = 4, memory = 6144, disk_gb = 500 }
ports = [2283]
interface.route = {}
`;

describe("four VLANs, two nodes and two storages", () => {
  const settings = { node: "pve", container: { bridge: "vmbr0", datastore: "local-lvm" } };
  const { manifest, warnings } = load(manifestText);
  const find = (name: string) => manifest.services.find((each) => each.name === name)!;

  it("are what a manifest can say, without a warning", () => {
    assert.equal(manifest.services.length, 8);
    assert.deepEqual(warnings, []);
  });

  it("give each container the bridge, VLAN and storage that are closest to it", () => {
    const placed = Object.fromEntries(
      manifest.services.map((spec) => {
        const { node, bridge, vlan, datastore } = placementOf(manifest, spec, settings);
        return [spec.name, `${node} ${bridge} ${vlan} ${datastore}`];
      }),
    );
    assert.deepEqual(placed, {
      caddy: "pve vmbr0 40 local-lvm",
      dashboard: "pve vmbr0 undefined local-lvm",
      dns: "pve vmbr0 40 local-lvm",
      photos: "pve-big vmbr2 40 Storage",
      postgresql: "pve vmbr0 40 local-lvm",
      push: "pve vmbr0 20 local-lvm",
      vault: "pve-big vmbr1 30 Storage",
      wiki: "pve vmbr0 40 local-lvm",
    });
    assert.equal(guestPlacement(manifest, find("push"), settings).cidr, "192.168.20.0/24");
  });

  it("give each host its own network's router and resolvers, and every id once", () => {
    const { mtu, firewall } = subnetOf(manifest, find("dashboard"))!;
    assert.deepEqual([mtu, firewall], [9000, false]);
    assert.deepEqual(find("vault").nameservers, ["192.168.30.254"]);
    assert.deepEqual(find("push").nameservers, ["192.168.40.13"]);
    assert.equal(find("push").vmid, 27109);
    assert.equal(find("dashboard").vmid, 8122);
    assert.equal(find("wiki").vmid, 7114);
    const ids = manifest.services.map(({ vmid }) => vmid);
    assert.equal(new Set(ids).size, ids.length);
  });

  it("are known to the hosts that have to know them", () => {
    const { network } = sliceOf(manifest, find("push"));
    assert.equal(network.cidr, "192.168.20.0/24");
    assert.equal(network.gateway, "192.168.20.254");
    assert.deepEqual(sliceOf(manifest, find("dns")).resolver?.reverseZones, [
      "40.168.192.in-addr.arpa",
      "20.168.192.in-addr.arpa",
      "30.168.192.in-addr.arpa",
      "1.168.192.in-addr.arpa",
    ]);
  });

  it("leave the hosts of the other networks as they are when one is added", () => {
    const added = `${manifestText}[networks.guests]\ncidr = "192.168.50.0/24"\ngateway = "192.168.50.1"\nvlan_tag = 50\n`;
    const after = load(added).manifest;
    for (const { name } of manifest.services.filter((each) => each.name !== "dns")) {
      const again = after.services.find((each) => each.name === name)!;
      assert.deepEqual(sliceOf(after, again), sliceOf(manifest, find(name)), name);
    }
  });

  it("lead to the right key when an address is in another one", () => {
    const { message } = refusal(manifestText.replace('network = "apps"\n', ""));
    assert.match(
      message,
      /services\.push\.ip: 192\.168\.20\.109 is outside network\.network_cidr.*It is in networks\.apps\. Write network = "apps"/,
    );
  });
});

describe("several networks written as a wide one", () => {
  const wide = (gateway: string, cidr: string, ips: readonly string[]) =>
    load(
      `[network]\ndomain = "home.example"\nnetwork_cidr = "${cidr}"\ngateway = "${gateway}"\n` +
        ips.map((ip, i) => `[services.s${i}]\nip = "${ip}"\n`).join(""),
    ).warnings;

  it("are said to share a gateway, a bridge and a VLAN", () => {
    const [said, ...more] = wide("192.168.40.254", "192.168.0.0/16", [
      "192.168.40.13",
      "192.168.30.113",
      "192.168.20.109",
    ]);
    assert.match(
      said!,
      /^network\.network_cidr is 192\.168\.0\.0\/16, so services in 192\.168\.20\.0\/24, 192\.168\.30\.0\/24 get the same bridge, VLAN and gateway \(192\.168\.40\.254\) as those in 192\.168\.40\.0\/24\. If .*write each as \[networks\.NAME\]\.$/,
    );
    assert.deepEqual(more, []);
  });

  it("are no concern where the network really is that wide", () => {
    assert.deepEqual(wide("10.10.0.1", "10.10.0.0/16", ["10.10.1.10", "10.10.1.13"]), []);
    assert.deepEqual(wide("192.168.99.1", "192.168.99.0/24", ["192.168.99.9"]), []);
  });
});

describe("networks that nothing keeps apart", () => {
  it("are named in a warning", () => {
    const text = manifestText.replace("vlan_tag = 20\n", "vlan_tag = 40\n");
    assert.match(
      load(text).warnings.join("\n"),
      /^networks\.apps and network have the same bridge and VLAN/,
    );
  });
});
