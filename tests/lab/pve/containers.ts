import assert from "node:assert/strict";
import { rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { buildExtras, extrasDir, type Extra } from "../../../lab/template/extras";
import { ask, finished, send, work } from "./client";
import type { TestLab } from "./testLab";

/** What containers are and do. Leaves 230 on pve1 and 231 on pve2, both running. */
export function describeContainers(lab: () => TestLab): void {
  describe("containers", () => {
    it("creates two containers at once, each on its node, in tasks with logs", async () => {
      const create = (node: string, vmid: number, more = {}) =>
        ask<string>(lab(), "POST", `/nodes/${node}/lxc`, lab().container(vmid, more));
      const upids = await Promise.all([
        create("pve1", 230, { onboot: "1", startup: "order=1", tags: "web;demo" }),
        create("pve2", 231),
      ]);
      assert.match(
        upids[0],
        /^UPID:pve1:[0-9A-F]{8}:[0-9A-F]{8}:[0-9A-F]{8}:vzcreate:230:nixmox@pve!lab:$/,
      );
      const [first, second] = await Promise.all(upids.map((upid) => finished(lab(), upid)));
      assert.equal(first?.exitstatus, "OK");
      assert.equal(second?.exitstatus, "OK");
      assert.deepEqual([first?.user, first?.tokenid], ["nixmox@pve", "lab"]);
      const log = `/nodes/pve1/tasks/${upids[0]}/log`;
      const lines = await ask<{ n: number; t: string }[]>(lab(), "GET", log);
      assert.deepEqual(lines.at(-1), { n: lines.length, t: "TASK OK" });
      const onNode = async (node: string) =>
        (await ask<{ vmid: number }[]>(lab(), "GET", `/nodes/${node}/lxc`)).map((ct) => ct.vmid);
      assert.deepEqual(await onNode("pve1"), [230]);
      assert.deepEqual(await onNode("pve2"), [231]);
    });

    it("runs systemd in them, as a user other than root, at the given address", async () => {
      assert.equal(await lab().inside(230, "systemctl is-system-running --wait"), "running");
      assert.match(await lab().inside(230, "cat /proc/1/uid_map"), /^\s*0\s+100000\s+65536$/);
      assert.equal(await lab().inside(230, "hostname"), "ct230");
      const interfaces = await ask<{ name: string; inet: string }[]>(
        lab(),
        "GET",
        "/nodes/pve1/lxc/230/interfaces",
      );
      const eth0 = interfaces.find(({ name }) => name === "eth0");
      assert.equal(eth0?.inet, `${lab().address(230)}/24`);
    });

    it("shows them the extras that are built while they run, which they cannot change", async () => {
      const name = `test-${process.pid}`;
      const extra: Extra = {
        name,
        title: "a test's extra",
        id: () => "1",
        build: (dir) => {
          writeFileSync(join(dir, "hello"), "#!/bin/sh\necho hello\n", { mode: 0o700 });
          return Promise.resolve();
        },
      };
      const folder = `/usr/lib/nixmox-lab/extras/${name}`;
      try {
        await buildExtras([extra], () => undefined);
        assert.equal(await lab().inside(230, `setpriv --reuid 65534 ${folder}/hello`), "hello");
        const change = `touch ${folder}/hello 2>&1 || true`;
        assert.match(await lab().inside(230, change), /Permission denied|Read-only file system/);
      } finally {
        for (const entry of [name, `${name}-1`]) {
          rmSync(join(extrasDir(), entry), { recursive: true, force: true });
        }
      }
    });

    it("gives each an identity of its own", async () => {
      const identity = "cat /etc/machine-id /etc/ssh/ssh_host_ed25519_key.pub";
      assert.notEqual(await lab().inside(230, identity), await lab().inside(231, identity));
    });

    it("lets them reach each other and nothing outside", async () => {
      const ping = (address: string) => `ping -c1 -W2 ${address} >/dev/null && echo yes || echo no`;
      assert.equal(await lab().inside(230, ping(lab().address(231))), "yes");
      assert.equal(await lab().inside(230, ping("192.0.2.200")), "no");
    });

    /** Reads a control group's file, wherever this kernel keeps it. */
    const group = (v1: string, v2: string) =>
      lab().inside(230, `cat /sys/fs/cgroup/${v1} 2>/dev/null || cat /sys/fs/cgroup/${v2}`);

    it("holds them to their memory and processors, and changes that while they run", async () => {
      const memory = () => group("memory/memory.limit_in_bytes", "memory.max");
      assert.equal(await memory(), String(256 * 1024 ** 2));
      assert.equal(await lab().inside(230, "nproc"), "1");
      await ask(lab(), "PUT", "/nodes/pve1/lxc/230/config", { memory: "320", cpulimit: "0.5" });
      assert.equal(await memory(), String(320 * 1024 ** 2));
      assert.match(await group("cpu/cpu.cfs_quota_us", "cpu.max"), /^50000/);
      await ask(lab(), "PUT", "/nodes/pve1/lxc/230/config", { delete: "cpulimit", memory: "200" });
      assert.equal(await memory(), String(200 * 1024 ** 2));
      assert.match(await group("cpu/cpu.cfs_quota_us", "cpu.max"), /^(-1|max)/);
    });

    it("comes back from a reboot by the API, with what was pending", async () => {
      const booted = await lab().bootId(230);
      await ask(lab(), "PUT", "/nodes/pve1/lxc/230/config", { nameserver: "192.168.231.10" });
      const pending = await ask<{ key: string; pending?: string }[]>(
        lab(),
        "GET",
        "/nodes/pve1/lxc/230/pending",
      );
      assert.equal(pending.find(({ key }) => key === "nameserver")?.pending, "192.168.231.10");
      await work(lab(), "POST", "/nodes/pve1/lxc/230/status/reboot", { timeout: "30" });
      assert.notEqual(await lab().bootId(230), booted);
      assert.match(
        await lab().inside(230, "cat /etc/resolv.conf"),
        /^nameserver 192\.168\.231\.10$/m,
      );
    });

    it("comes back from a reboot from inside, with the current limits", async () => {
      await lab().rebootFromInside(230);
      const memory = await group("memory/memory.limit_in_bytes", "memory.max");
      assert.equal(memory, String(200 * 1024 ** 2));
    });

    it("stores settings the way Proxmox does", async () => {
      const path = "/nodes/pve1/lxc/230/config";
      const config = await ask<Record<string, unknown>>(lab(), "GET", path);
      assert.match(
        String(config.net0),
        /^name=eth0,bridge=vmbr0,gw=.*,hwaddr=BC:24:11:.*,type=veth$/,
      );
      assert.equal(config.rootfs, "local-lvm:vm-230-disk-0,size=2G");
      assert.equal(config.tags, "demo;web");
      assert.equal(config.onboot, 1);
      assert.match(String(config.digest), /^[0-9a-f]{40}$/);
      await work(lab(), "PUT", "/nodes/pve1/lxc/230/resize", { disk: "rootfs", size: "+1G" });
      const { rootfs } = await ask<{ rootfs: string }>(lab(), "GET", path);
      assert.equal(rootfs, "local-lvm:vm-230-disk-0,size=3G");
    });

    it("removes a container with its disk", async () => {
      await work(lab(), "POST", "/nodes/pve2/lxc", lab().container(232, { start: "0" }));
      await work(lab(), "DELETE", "/nodes/pve2/lxc/232");
      const { status, reason } = await send(lab(), "GET", "/nodes/pve2/lxc/232/status/current");
      assert.equal(status, 500);
      assert.equal(reason, "Configuration file 'nodes/pve2/lxc/232.conf' does not exist");
      assert.throws(() => statSync(join(lab().dir, "disks", "232")), { code: "ENOENT" });
    });
  });
}
