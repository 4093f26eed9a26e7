import assert from "node:assert/strict";
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { beforeEach, describe, it } from "mocha";
import { describeScript, failed, succeeded } from "./host";

const failedUnit = "notes.service loaded failed failed Notes that failed";
const restarting = "notes.service loaded activating auto-restart Notes that failed";

describeScript("components/scripts/switch-system.sh", (host) => {
  let system: string;
  const switchEndsWith = (status: number, which = "system") => {
    const program = host().path(which, "bin", "switch-to-configuration");
    writeFileSync(
      program,
      `#!/bin/bash\necho "${which} $*" >>calls; echo activating; exit ${status}\n`,
    );
    chmodSync(program, 0o755);
  };
  /** The system that was active before. */
  const before = (status = 0) => {
    mkdirSync(host().path("before", "bin"), { recursive: true });
    switchEndsWith(status, "before");
    symlinkSync(host().path("before"), host().path("profile"));
  };
  /** What systemd says of its units, one text for each time that it is asked; the last one stays. */
  const units = (...answers: string[]) => {
    answers.forEach((text, index) => writeFileSync(host().path(`units${index}`), text));
    host().fake(
      "systemctl",
      `n=$(grep -c ^systemctl calls); cat units$((n > ${answers.length} ? ${answers.length - 1} : n - 1))`,
    );
  };

  beforeEach(() => {
    system = host().path("system");
    mkdirSync(host().path("system", "bin"), { recursive: true });
    host().fake("nix-env", "");
    host().fake("sleep", "");
    switchEndsWith(0);
  });

  const run = () => host().run([system], { env: { NIXMOX_PROFILE: host().path("profile") } });

  it("makes the system the newest generation, activates it and prints its path alone", () => {
    assert.equal(succeeded(run()), `${system}\n`);
    assert.deepEqual(host().calls(), [
      `nix-env --profile ${host().path("profile")} --set ${system}`,
      "system switch",
    ]);
  });

  describe("with a firewall that lets in SSH from some networks", () => {
    const from = (address: string) =>
      host().run([system], { env: { SSH_CONNECTION: `${address} 50000 192.168.99.15 22` } });
    const admit = (...networks: string[]) => {
      mkdirSync(host().path("system", "etc", "nixmox"), { recursive: true });
      const file = host().path("system", "etc", "nixmox", "ssh-from");
      writeFileSync(file, networks.map((each) => `${each}\n`).join(""));
    };
    const privateNetworks = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

    for (const [address, ...networks] of [
      ["192.168.99.1", ...privateNetworks],
      ["10.255.255.255", ...privateNetworks],
      ["172.31.255.254", ...privateNetworks],
      ["203.0.113.7", "203.0.113.7/32"],
      ["203.0.113.7", "203.0.113.6/31"],
      ["203.0.113.7", "0.0.0.0/0"],
      ["::ffff:192.168.99.1", "192.168.99.0/24"],
    ] as const) {
      it(`activates from ${address}, which is inside ${networks.join(" or ")}`, () => {
        admit(...networks);
        assert.equal(succeeded(from(address)), `${system}\n`);
      });
    }

    for (const [address, ...networks] of [
      ["203.0.113.7", ...privateNetworks],
      ["172.32.0.1", ...privateNetworks],
      ["172.15.255.255", ...privateNetworks],
      ["11.0.0.1", ...privateNetworks],
      ["203.0.113.8", "203.0.113.6/31"],
      ["203.0.113.7"],
      ["2001:db8::7", "0.0.0.0/0"],
    ] as const) {
      it(`does not lock out ${address}, which is outside ${networks.join(" and ")}`, () => {
        admit(...networks);
        const said = failed(from(address));
        assert.equal(
          said,
          `Unable to activate ${system}: it would refuse SSH from ${address}, where this comes from. ` +
            "Add it to network.ssh_from in the manifest and run pulumi up again.\n",
        );
        assert.deepEqual(host().calls(), []);
      });
    }

    it("asks no one who is at the host itself, nor a system that does not say", () => {
      admit("192.168.99.0/24");
      succeeded(run());
      rmSync(host().path("system", "etc"), { recursive: true });
      succeeded(from("203.0.113.7"));
    });
  });

  it("puts the host back on the previous generation if the activation fails", () => {
    before();
    switchEndsWith(2);
    const { status, stderr } = run();
    assert.equal(status, 2);
    assert.match(stderr, /exited with status 2 \(above\)\. The host is back on the previous gen/);
    const profile = host().path("profile");
    assert.deepEqual(host().calls(), [
      `nix-env --profile ${profile} --set ${system}`,
      "system switch",
      `nix-env --profile ${profile} --set ${host().path("before")}`,
      "before switch",
    ]);
  });

  it("says so if going back fails too, or if there is nothing to go back to", () => {
    switchEndsWith(2);
    assert.match(failed(run()), /There is no previous generation to go back to\. Look at/);
    before(4);
    const { status, stderr } = run();
    assert.equal(status, 2);
    assert.match(stderr, /Going back to \S+\/before failed too, so the host is in between\./);
  });

  it("does not go back from a system to itself", () => {
    symlinkSync(system, host().path("profile"));
    switchEndsWith(2);
    failed(run());
    assert.equal(host().calls("nix-env").length, 1);
  });

  it("activates nothing where the profile cannot be set", () => {
    host().fake("nix-env", "echo 'error: disk full' >&2; exit 1");
    const said = failed(run());
    assert.match(
      said,
      /^error: disk full\nUnable to activate .*\/profile cannot be set to it \(above\)\./,
    );
    assert.deepEqual(host().calls("system "), []);
  });

  it("ends as the activation does", () => {
    switchEndsWith(2);
    const { status, stderr } = run();
    assert.equal(status, 2);
    assert.match(
      stderr,
      /^activating\nUnable to activate .*: switch-to-configuration exited with status 2/,
    );
  });

  it("accepts exit status 4 if the units that failed have recovered", () => {
    switchEndsWith(4);
    units(failedUnit, restarting, "");
    assert.equal(succeeded(run()), `${system}\n`);
    assert.equal(host().calls("systemctl").length, 3);
  });

  it("leaves a unit that keeps restarting to the health gate", () => {
    switchEndsWith(4);
    units(restarting);
    succeeded(run());
    assert.equal(host().calls("sleep").length, 10);
  });

  it("names the units that stay failed", () => {
    switchEndsWith(4);
    units(`${failedUnit}\n${restarting.replace("notes", "other")}`);
    const run_ = run();
    assert.equal(run_.status, 4);
    const said = failed(run_);
    assert.match(
      said,
      /^notes\.service loaded failed failed Notes that failed\nUnable to activate/m,
    );
    assert.doesNotMatch(said, /other\.service/);
  });
});
