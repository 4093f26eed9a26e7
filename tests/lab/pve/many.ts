import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { send, work } from "./client";
import type { TestLab } from "./testLab";

const VMIDS = Array.from({ length: 20 }, (_, i) => 200 + i);
const UNIT = "watch.path";

/** A homelab's worth of containers at the same time. Removes them again. */
export function describeMany(lab: () => TestLab): void {
  describe("twenty containers", () => {
    const node = (vmid: number) => `/nodes/pve${1 + (vmid % 2)}/lxc`;

    it("run side by side, with no unit short of inotify instances or keys", async () => {
      const small = { memory: "128", swap: "0" };
      await Promise.all(
        VMIDS.map((vmid) => work(lab(), "POST", node(vmid), lab().container(vmid, small))),
      );
      const states = await Promise.all(
        VMIDS.map((vmid) => lab().inside(vmid, "systemctl is-system-running --wait")),
      );
      assert.deepEqual(
        states,
        VMIDS.map(() => "running"),
      );
    });

    it("can each start more units that watch files", async () => {
      const start = [
        `printf '[Path]\\nPathChanged=/etc\\nUnit=dbus.service\\n' >/run/systemd/system/${UNIT}`,
        `systemctl daemon-reload && systemctl start ${UNIT} && systemctl is-active ${UNIT}`,
      ].join(" && ");
      const active = await Promise.all(VMIDS.map((vmid) => lab().inside(vmid, start)));
      assert.deepEqual(
        active,
        VMIDS.map(() => "active"),
      );
    });

    it("are removed again, all at once", async () => {
      await Promise.all(
        VMIDS.map((vmid) => work(lab(), "DELETE", `${node(vmid)}/${vmid}`, { force: "1" })),
      );
      for (const vmid of VMIDS) {
        const { status } = await send(lab(), "GET", `${node(vmid)}/${vmid}/config`);
        assert.equal(status, 500);
      }
    });
  });
}
