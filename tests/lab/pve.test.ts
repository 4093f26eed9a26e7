import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { destroyLab } from "../../lab/lab";
import { cacheDir } from "../../lab/paths";
import { describeNetworks } from "./pve/networks";
import { describePreflight } from "./pve/preflight";
import { describeContainers } from "./pve/containers";
import { describeFirewall } from "./pve/firewall";
import { describeHealth } from "./pve/health";
import { describeLifecycle } from "./pve/lifecycle";
import { describeMany } from "./pve/many";
import { describePrivileges } from "./pve/privileges";
import { describeRefusals } from "./pve/refusals";
import { execute, TestLab } from "./pve/testLab";
import { describeVolumes } from "./pve/volumes";

const PROXMOXER = "2.3.0";

describe("the lab's Proxmox VE", function () {
  this.timeout("5m");
  let started: TestLab | undefined;
  const lab = () => started ?? assert.fail("the lab did not start");

  before(async () => {
    started = await TestLab.start();
  });

  after(async () => {
    await destroyLab({ dir: lab().dir, log: () => undefined });
    lab().removeFolder();
  });

  it("says where it is and keeps its secrets to itself", () => {
    const read = (file: string) => readFileSync(join(lab().dir, file), "utf8");
    assert.match(read("api-token"), /^nixmox@pve!lab=[0-9a-f-]{36}\n$/);
    for (const file of ["api-token", "root-password", "ticket-key"]) {
      assert.equal(statSync(join(lab().dir, file)).mode & 0o777, 0o400, file);
    }
    const { network } = lab().info;
    assert.deepEqual(JSON.parse(read("network.json")), { network_cidr: network.cidr });
    assert.deepEqual(lab().info.nodes, ["pve1", "pve2"]);
  });

  describeContainers(lab);
  describeVolumes(lab);
  describeHealth(lab);
  describeFirewall(lab);
  describeRefusals(lab);
  describePrivileges(lab);

  describe("a third-party client", () => {
    it("lists, reads, stops and starts containers, and is refused as by Proxmox", async () => {
      const target = join(cacheDir(), `proxmoxer-${PROXMOXER}`);
      const pip = ["-m", "pip", "install", "--quiet", "--target", target];
      const packages = [`proxmoxer==${PROXMOXER}`, "requests"];
      const env = { ...process.env, PYTHONPATH: target, PYTHONWARNINGS: "ignore" };
      const there = await execute("python3", ["-c", "import proxmoxer, requests"], env);
      if (there.code !== 0) {
        const installed = await execute("python3", [...pip, ...packages]);
        assert.equal(installed.code, 0, installed.stderr);
      }
      const files = ["api-token", "root-password"].map((file) => join(lab().dir, file));
      const script = join(__dirname, "pve", "outside_client.py");
      const args = [script, String(lab().info.port), ...files, "231"];
      const { code, stdout, stderr } = await execute("python3", args, env);
      assert.equal(code, 0, stderr);
      assert.equal(stdout, "ok\n");
    });
  });

  describeNetworks(lab);
  describeMany(lab);
  describeLifecycle(lab);
  describePreflight();
});
