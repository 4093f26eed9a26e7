import assert from "node:assert/strict";
import { mkdirSync, symlinkSync } from "node:fs";
import { beforeEach, it } from "mocha";
import { describeScript, failed, succeeded } from "./host";

describeScript("components/scripts/await-boot.sh", (host) => {
  const activate = (which: string) =>
    symlinkSync(host().path(which, "etc"), host().path("etc", "static"));

  beforeEach(() => {
    for (const folder of ["system/etc", "before/etc", "etc"]) {
      mkdirSync(host().path(folder), { recursive: true });
    }
    host().fake("systemctl", "echo running");
  });

  const run = () =>
    host().run([host().path("system"), "3"], { env: { NIXMOX_ETC: host().path("etc") } });

  it("prints the system that is active", () => {
    activate("system");
    assert.equal(succeeded(run()), `${host().path("system")}\n`);
  });

  it("waits until all units have been started, however that ended", () => {
    activate("system");
    host().fake(
      "systemctl",
      "[[ $(grep -c ^systemctl calls) -lt 2 ]] && echo starting || { echo degraded; exit 1; }",
    );
    succeeded(run());
    assert.equal(host().calls("systemctl").length, 2);
  });

  it("gives up on a host that runs another system, and names it", () => {
    activate("before");
    assert.match(
      failed(run()),
      /^Unable to boot \S+system: this host still starts, or runs \S+before/,
    );
  });
});
