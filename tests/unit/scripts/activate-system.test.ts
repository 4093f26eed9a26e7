import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { beforeEach, describe, it } from "mocha";
import { describeScript } from "./host";

const failedUnit = "notes.service loaded failed failed Notes that failed";
const restarting = "notes.service loaded activating auto-restart Notes that failed";
/** What NixOS says of a system with another D-Bus. */
const inhibited = `Checking switch inhibitors...
There are changes to critical components of the system:

dbus-implementation : dbus -> broker

Pre-switch check 'switchInhibitors' failed
Pre-switch checks failed`;

describeScript("components/scripts/activate-system.sh", (host) => {
  let system: string;
  /** A system whose switch-to-configuration ends with a status for each action. */
  const statuses = (
    { check = 0, switch: switched = 0, boot = 0, says = "" },
    which = "system",
  ): void => {
    const program = host().path(which, "bin", "switch-to-configuration");
    mkdirSync(host().path(which, "bin"), { recursive: true });
    writeFileSync(host().path(which, "says"), says);
    writeFileSync(
      program,
      `#!/bin/bash
      echo "${which} $*" >>calls
      case $1 in
        check) cat ${which}/says; exit ${check} ;;
        switch) echo activating; exit ${switched} ;;
        boot) exit ${boot} ;;
      esac\n`,
    );
    chmodSync(program, 0o755);
  };
  /** The system that was active before. */
  const before = (own: Parameters<typeof statuses>[0] = {}) => {
    statuses(own, "before");
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
    mkdirSync(host().path("run"));
    for (const program of ["nix-env", "sleep"]) host().fake(program, "");
    statuses({});
  });

  /** Its status, which it also notes, and what it said. */
  const run = (reboot = "never") => {
    const env = { NIXMOX_PROFILE: host().path("profile"), NIXMOX_RUN: host().path("run") };
    const { status, stdout, stderr } = host().run([system, reboot], { env });
    assert.equal(stdout + stderr, "");
    assert.equal(host().read("run", "status"), `${status}\n`);
    return { status, log: host().read("run", "log") };
  };
  const setTo = (which: string) =>
    `nix-env --profile ${host().path("profile")} --set ${host().path(which)}`;
  const succeeds = (reboot?: string) => {
    const { status, log } = run(reboot);
    assert.equal(status, 0, log);
    return log;
  };

  it("checks the system, makes it the newest generation and activates it", () => {
    succeeds();
    assert.deepEqual(host().calls(), ["system check", setTo("system"), "system switch"]);
  });

  it("changes nothing if the system's own checks refuse it", () => {
    before();
    statuses({ check: 1, says: "the data of version 15 is not there\n" });
    const { status, log } = run("when_needed");
    assert.equal(status, 1);
    assert.match(
      log,
      /^the data of .*\nUnable to activate .*: its checks before the switch refuse/,
    );
    assert.match(log, /Nothing was changed\./);
    assert.deepEqual(host().calls(), ["system check"]);
  });

  it("activates nothing where the profile cannot be set", () => {
    host().fake("nix-env", "echo 'error: disk full' >&2; exit 1");
    const { status, log } = run();
    assert.equal(status, 1);
    assert.match(
      log,
      /error: disk full\nUnable to activate .*\/profile cannot be set to it \(above\)\./,
    );
    assert.deepEqual(host().calls("system switch"), []);
  });

  describe("if a reboot is needed", () => {
    it("refuses that unless the manifest allows it, and changes nothing", () => {
      before();
      statuses({ check: 1, says: inhibited });
      const { status, log } = run();
      assert.equal(status, 1);
      assert.match(
        log,
        /: it takes a reboot, since a running system cannot exchange its dbus-implementation\. Nothing was changed\. Set reboot = "when_needed" for this service in the manifest/,
      );
      assert.deepEqual(host().calls(), ["system check"]);
    });

    for (const [why, own] of [
      ["a switch inhibitor", { check: 1, says: inhibited }],
      ["another init", { switch: 100 }],
    ] as const) {
      it(`boots the system that has ${why}, and lets nobody in until then`, () => {
        before();
        statuses(own);
        host().fake("nft", "cat >rules");
        host().fake("systemd-run", "");
        const log = succeeds("when_needed");
        assert.match(log, /It takes a reboot: .*\n[^]*The host reboots into it\.\n$/);
        const [closed, reboot] = host().calls().slice(-2);
        assert.deepEqual(host().calls().slice(-4, -2), [setTo("system"), "system boot"]);
        assert.match(closed!, /^nft /);
        assert.match(host().read("rules"), /tcp dport 22 ct state new drop/);
        assert.match(reboot!, /^systemd-run --quiet --on-active=\d .* systemctl reboot$/);
        assert.deepEqual(host().calls("before"), []);
      });
    }

    it("refuses another init after the fact, and has the next boot take the previous system", () => {
      before();
      statuses({ switch: 100 });
      const { status, log } = run();
      assert.equal(status, 100);
      assert.match(
        log,
        /since its init differs .*\. The host is back on the previous generation\./,
      );
      assert.deepEqual(host().calls().slice(-2), [setTo("before"), "before boot"]);
    });

    it("does not reboot into what could not be prepared", () => {
      before();
      statuses({ check: 1, says: inhibited, boot: 1 });
      const { status, log } = run("when_needed");
      assert.equal(status, 1);
      assert.match(
        log,
        /cannot be made the one to boot \(above\)\. The host is back on the previous/,
      );
      assert.deepEqual(host().calls().slice(-2), [setTo("before"), "before boot"]);
    });

    it("lets people in again if the host cannot be rebooted", () => {
      statuses({ check: 1, says: inhibited });
      host().fake("nft", "");
      host().fake("systemd-run", "exit 1");
      const { status, log } = run("when_needed");
      assert.equal(status, 1);
      assert.match(log, /cannot be rebooted \(above\), which it needs\. Reboot it, then/);
      assert.match(host().calls("nft").at(-1)!, /^nft delete table inet nixmox-reboot$/);
    });
  });

  for (const [status, says] of [
    [1, "switch-to-configuration exited with status 1 (above)"],
    [2, "its activation script failed (above)"],
    [139, "switch-to-configuration exited with status 139 (above)"],
  ] as const) {
    it(`puts the host back on the previous generation if the activation ends with ${status}`, () => {
      before();
      statuses({ switch: status });
      const ended = run();
      assert.equal(ended.status, status);
      assert.ok(ended.log.includes(`: ${says}. The host is back on the previous generation. `));
      assert.deepEqual(host().calls().slice(1), [
        setTo("system"),
        "system switch",
        setTo("before"),
        "before switch",
      ]);
    });
  }

  it("leaves the host to another switch that is under way", () => {
    before();
    statuses({ switch: 11 });
    const { status, log } = run();
    assert.equal(status, 11);
    assert.match(log, /something else switches this host at this moment\. Nothing was changed\./);
    assert.deepEqual(host().calls().slice(-1), [setTo("before")]);
  });

  it("says so if going back fails too, or if there is nothing to go back to", () => {
    statuses({ switch: 2 });
    assert.match(run().log, /There is no previous generation to go back to\. Correct/);
    before({ switch: 4 });
    const { status, log } = run();
    assert.equal(status, 2);
    assert.match(log, /Going back to \S+\/before failed too, so the host is in between\./);
  });

  it("does not go back from a system to itself", () => {
    symlinkSync(system, host().path("profile"));
    statuses({ switch: 2 });
    run();
    assert.equal(host().calls("nix-env").length, 1);
  });

  it("accepts exit status 4 if the units that failed have recovered", () => {
    statuses({ switch: 4 });
    units(failedUnit, restarting, "");
    succeeds();
    assert.equal(host().calls("systemctl").length, 3);
  });

  it("leaves a unit that keeps restarting to the health gate", () => {
    statuses({ switch: 4 });
    units(restarting);
    succeeds();
    assert.equal(host().calls("sleep").length, 10);
  });

  it("names the units that stay failed", () => {
    before();
    statuses({ switch: 4 });
    units(`${failedUnit}\n${restarting.replace("notes", "other")}`);
    const { status, log } = run();
    assert.equal(status, 4);
    assert.match(
      log,
      /: units failed: notes\.service\. The host is back .* Look at journalctl --unit/,
    );
    assert.doesNotMatch(log, /other\.service/);
    assert.ok(!existsSync(host().path("run", "status.new")));
  });
});
