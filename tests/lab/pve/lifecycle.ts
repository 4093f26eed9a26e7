import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { destroyLab, type LabInfo, labStatus, startLab, stopLab } from "../../../lab/lab";
import { RUN } from "../../../lab/paths";
import { ask, type TaskStatus } from "./client";
import type { TestLab } from "./testLab";

const quiet = () => undefined;

/** Start, stop and destroy. Needs 230 to start on boot, and ends with no lab. */
export function describeLifecycle(lab: () => TestLab): void {
  describe("start, stop and destroy", () => {
    it("does nothing when it is started again", async () => {
      const lines: string[] = [];
      const again = await startLab({ dir: lab().dir, log: (line) => lines.push(line) });
      assert.deepEqual(lines, [`The lab nmxtest is running at ${lab().info.endpoint}.`]);
      assert.equal(again.pid, lab().info.pid);
    });

    it("says how its hosts get another version of nixos-rebuild", async () => {
      const file = join(lab().dir, "lab.json");
      const text = readFileSync(file, "utf8");
      const info = JSON.parse(text) as LabInfo;
      const template = { ...info.template, tools: `${info.template.tools}-before` };
      writeFileSync(file, JSON.stringify({ ...info, template }));
      const lines: string[] = [];
      await startLab({ dir: lab().dir, log: (line) => lines.push(line) });
      assert.match(
        lines[1]!,
        /nixos-rebuild of another version.*`npm run lab -- stop` and `npm run up`/,
      );
      writeFileSync(file, text);
    });

    it("leaves nothing running when stopped, and continues from there", async () => {
      await lab().inside(230, "echo kept >/root/kept && sync");
      const token = readFileSync(join(lab().dir, "api-token"), "utf8");
      await stopLab({ dir: lab().dir, log: quiet });
      assert.deepEqual(await lab().remains(), []);
      assert.equal((await labStatus({ dir: lab().dir }))?.running, false);

      await startLab({ dir: lab().dir, log: quiet });
      assert.equal(readFileSync(join(lab().dir, "api-token"), "utf8"), token);
      const status = await labStatus({ dir: lab().dir });
      const states = status?.containers.map(({ vmid, status }) => [vmid, status]);
      assert.deepEqual(states, [
        [230, "running"],
        [231, "stopped"],
      ]);
      assert.equal(await lab().inside(230, "cat /root/kept"), "kept");
      const old = await ask<TaskStatus[]>(
        lab(),
        "GET",
        "/nodes/pve1/tasks?typefilter=vzcreate&vmid=230",
      );
      assert.deepEqual(
        old.map(({ status }) => status),
        ["OK"],
      );
    });

    const inotifyInstances = () =>
      Number(readFileSync("/proc/sys/fs/inotify/max_user_instances", "utf8"));

    it("leaves nothing at all when destroyed", async () => {
      assert.ok(inotifyInstances() >= 65536);
      await destroyLab({ dir: lab().dir, log: quiet });
      // The last lab restores the kernel's limits; the tests may not be alone on this machine.
      const others = existsSync(RUN)
        ? readdirSync(RUN, { withFileTypes: true }).filter((entry) => entry.isDirectory())
        : [];
      assert.equal(existsSync(join(RUN, "limits.json")), others.length > 0);
      assert.deepEqual(await lab().remains(), []);
      assert.throws(() => statSync(lab().dir), { code: "ENOENT" });
    });
  });
}
