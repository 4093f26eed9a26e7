import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { exposureLimit, notSandboxed } from "../../exposure";
import type { Homelab } from "./homelab";

/** A running unit: its exposure, and what the kernel says of its main process. */
interface Unit {
  readonly host: string;
  readonly name: string;
  readonly exposure: number;
  readonly facts: Readonly<Record<string, string>>;
}

/** Prints each running unit of the configuration: its name, its exposure and facts. */
const look = `
cd /etc/static/systemd/system
systemd-analyze security --no-pager | while read -r unit exposure _; do
  [ -e "$unit" ] || continue
  pid=$(systemctl show --property=MainPID --value "$unit")
  [ "$pid" != 0 ] || continue
  echo "$unit $exposure $(awk '/^(NoNewPrivs|Seccomp_filters|CapEff|CapBnd):/ { printf "%s%s ", $1, $2 }' "/proc/$pid/status")" \\
    "Root:$(awk '$5 == "/" { split($6, o, ","); root = o[1] } END { print root }' "/proc/$pid/mountinfo")"
done`;

/** The capability to listen on ports below 1024, as the kernel shows it; alone, or none. */
const allowed = ["0000000000000400", "0000000000000000"];

export function describeSandbox(lab: () => Homelab): void {
  describe("a running service", () => {
    let units: Unit[];

    before(async () => {
      units = [];
      for (const [host, { address }] of Object.entries(await lab().services())) {
        const { stdout, stderr } = await lab().on(address, look);
        for (const line of stdout.trim().split("\n")) {
          const [unit = "", exposure, ...facts] = line.split(/ +/);
          const name = unit.replace(/\.service$/, "");
          const entries = facts.filter(Boolean).map((fact) => fact.split(":") as [string, string]);
          units.push({
            host,
            name,
            exposure: Number(exposure),
            facts: Object.fromEntries(entries),
          });
        }
        assert.equal(stderr, "", host);
      }
    });

    it("has a sandbox of systemd, unless its work needs all rights", () => {
      const held = units.filter(({ name }) => !notSandboxed.has(name));
      assert.ok(held.length >= 10, JSON.stringify(units));
      for (const { host, name, exposure } of held) {
        assert.ok(exposure <= exposureLimit, `${name} on ${host}: ${exposure}`);
      }
    });

    it("has it from the kernel, too", () => {
      for (const { host, name, facts } of units.filter((each) => !notSandboxed.has(each.name))) {
        const { CapEff, CapBnd, NoNewPrivs, Root, Seccomp_filters: filters } = facts;
        const where = `${name} on ${host}`;
        assert.deepEqual([NoNewPrivs, Root], ["1", "ro"], where);
        // A container has one filter for all of its processes.
        assert.ok(Number(filters) > 1, `${where}: ${filters}`);
        assert.ok(allowed.includes(CapEff!) && allowed.includes(CapBnd!), where);
      }
    });

    it("is told apart from one without", () => {
      const shells = units.filter(({ name }) => notSandboxed.has(name));
      assert.equal(shells.length, new Set(units.map(({ host }) => host)).size);
      for (const { exposure, facts } of shells) {
        assert.ok(exposure > exposureLimit);
        assert.deepEqual([facts.NoNewPrivs, facts.Root], ["0", "rw"]);
        assert.ok(Number(facts.Seccomp_filters) <= 1);
      }
    });
  });
}
