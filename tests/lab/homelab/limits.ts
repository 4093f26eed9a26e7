import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Homelab } from "./homelab";

/** Prints memory limit in bytes and the CPUs of the container, from whichever cgroup there is. */
const limits = [
  "cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max",
  "cat /sys/fs/cgroup/cpuset/cpuset.cpus 2>/dev/null || cat /sys/fs/cgroup/cpuset.cpus",
].join("\n");

export function describeLimits(lab: () => Homelab): void {
  describe("a container", () => {
    it("has the memory and the cores of the manifest", async () => {
      const { postgresql, dns } = await lab().services();
      const read = async (address: string) => {
        const [memory, cpus] = (await lab().on(address, limits)).stdout.trim().split("\n");
        return { memory: Number(memory), cores: countCpus(cpus!) };
      };
      assert.deepEqual(await read(postgresql!.address), { memory: 2048 * 2 ** 20, cores: 2 });
      assert.deepEqual(await read(dns!.address), { memory: 2048 * 2 ** 20, cores: 1 });
    });

    it("comes back healthy after a reboot", async () => {
      const assertWhole = async (address: string) => {
        const whole = "systemctl is-system-running --wait && nixos-rebuild list-generations";
        const { status, stdout } = await lab().on(address, whole);
        assert.equal(status, 0, stdout);
        assert.match(stdout, /^running\n[^]* True$/m);
      };
      const { miniflux } = await lab().services();
      const boot = "cat /proc/1/stat | cut -d ' ' -f 22";
      const before = (await lab().on(miniflux!.address, boot)).stdout;
      await lab().on(miniflux!.address, "systemctl reboot");
      const healthy = `curl --fail --silent --max-time 5 --insecure https://${miniflux!.address}:8080/healthcheck && ${boot}`;
      for (let tries = 0; tries < 60; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 1000));
        const { status, stdout } = await lab().on(miniflux!.address, healthy);
        if (status === 0 && !stdout.endsWith(before)) return assertWhole(miniflux!.address);
      }
      assert.fail("it did not come back in a minute");
    });
  });
}

/** The number of CPUs in a list such as "0-1,3". */
function countCpus(list: string): number {
  return list
    .split(",")
    .map((range) => range.split("-").map(Number))
    .reduce((sum, [first, last]) => sum + (last ?? first!) - first! + 1, 0);
}
