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

    it("keeps the system that it runs and the last generations when its store is cleaned", async () => {
      const { miniflux } = await lab().services();
      const clean = [
        "set -e",
        "old=$(nix-store --add /etc/hostname)",
        "systemctl start nix-gc.service",
        "[[ -e $(readlink -f /run/current-system) && ! -e $old ]]",
        "nixos-rebuild list-generations | tail -n +2 | wc -l",
      ].join("\n");
      const { status, stdout, stderr } = await lab().on(miniflux!.address, clean);
      assert.equal(status, 0, stderr);
      assert.ok(Number(stdout) >= 1 && Number(stdout) <= 5, stdout);
      const system = await lab().on(miniflux!.address, "nix-store --verify --check-contents 2>&1");
      assert.equal(system.status, 0, system.stdout);
    });

    it("comes back healthy after a reboot", async () => {
      const { miniflux } = await lab().services();
      const boot = "cat /proc/1/stat | cut -d ' ' -f 22";
      const before = (await lab().on(miniflux!.address, boot)).stdout;
      await lab().on(miniflux!.address, "systemctl reboot");
      const healthy = `curl --fail --silent --max-time 5 --insecure https://${miniflux!.address}:8080/healthcheck && ${boot}`;
      for (let tries = 0; tries < 60; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 1000));
        const { status, stdout } = await lab().on(miniflux!.address, healthy);
        if (status === 0 && !stdout.endsWith(before)) return;
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
