import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { beforeEach, it } from "mocha";
import { describeScript, failed, succeeded } from "./host";

interface Unit {
  readonly state?: string;
  readonly job?: string;
  readonly triggeredBy?: string;
  readonly load?: string;
}

describeScript("components/scripts/check-health.sh", (host) => {
  /** What systemd says of a unit, as `systemctl show` prints it. */
  const unit = (name: string, { state = "running", job = "", ...rest }: Unit = {}) => {
    const { triggeredBy = "", load = "loaded" } = rest;
    writeFileSync(
      host().path("units", name),
      `UpheldBy=\nTriggeredBy=${triggeredBy}\nLoadState=${load}\nSubState=${state}\nJob=${job}\n`,
    );
  };

  beforeEach(() => {
    mkdirSync(host().path("units"));
    host().fake(
      "systemctl",
      `cd ${host().path("units")}
       unit="\${!#}"
       case $* in
         'show --property=LoadState --value'*) sed -n 's/^LoadState=//p' "$unit" ;;
         show*) cat "$unit" ;;
         is-active*) grep -q '^SubState=waiting' "$unit" ;;
         list-units*--state=failed*) for each in $(grep -l '^SubState=failed' *); do echo "$each loaded failed failed A unit"; done ;;
         *) exit 98 ;;
       esac`,
    );
    host().fake("journalctl", 'echo "journal of ${!#}"');
    host().fake("sleep", "");
    unit("notes.service");
  });

  interface Checks {
    readonly startup?: string;
    readonly readiness?: string;
    readonly interval?: number;
    readonly timeout?: number;
    readonly retries?: number;
    readonly deadline?: number;
  }
  const run = (checks: Checks) => {
    const { interval = 5, timeout = 10, retries = 3, deadline = 60 } = checks;
    const numbers = [interval, timeout, retries, deadline].map(String);
    const { startup = "true", readiness = "true" } = checks;
    return host().run(["notes", "notes.service", ...numbers, startup, readiness, "version"], {
      input: "not for a check\n",
    });
  };
  /** A check that notes its runs and fails until it has run so many times. */
  const succeedsAt = (name: string, time: number) =>
    `echo ${name} >>runs; [ "$(grep -c ${name} runs)" -ge ${time} ]`;
  const runs = () => host().read("runs").trim().split("\n");

  it("runs startup until it succeeds, then readiness, and says nothing", () => {
    const { stdout, stderr, status } = run({
      startup: succeedsAt("startup", 3),
      readiness: succeedsAt("readiness", 2),
      interval: 2,
    });
    assert.deepEqual([status, stdout, stderr], [0, "", ""]);
    assert.deepEqual(runs(), ["startup", "startup", "startup", "readiness", "readiness"]);
    assert.equal(host().calls("sleep 1").length, 3 * 2);
  });

  it("gives up after the retries, and shows status, output, journal and what to do, in this order", () => {
    const said = failed(run({ readiness: "echo run >>runs; seq 20; echo refused >&2; exit 7" }));
    assert.equal(runs().length, 4);
    const lines = said.trimEnd().split("\n");
    assert.match(
      lines[0]!,
      /^Unable to confirm that notes is healthy: its readiness check exited with status 7 \(tries: 4, in \d+ s\): echo run/,
    );
    assert.deepEqual(lines.slice(1), [
      "The last lines of its output:",
      ...Array.from({ length: 9 }, (_, index) => `  ${index + 12}`),
      "  refused",
      "The last lines of the journal of notes.service:",
      "  journal of notes.service",
      "Correct the service, or interface.health.readiness of notes in the manifest, and run pulumi up again.",
    ]);
  });

  for (const [status, check] of [
    [127, "no-such-program --check"],
    [126, "/etc/passwd"],
  ] as const) {
    it(`gives up at once on a check that cannot be run (${status})`, () => {
      const said = failed(run({ startup: `echo run >>runs; ${check}`, retries: 100 }));
      assert.deepEqual(runs(), ["run"]);
      assert.match(
        said,
        new RegExp(`its startup check exited with status ${status}, so it cannot`),
      );
      assert.match(said, /^ {2}.*(not found|[Pp]ermission denied)/m);
      assert.match(
        said,
        /Correct interface\.health\.startup of notes in the manifest, or add the program/,
      );
    });
  }

  it("gives up at once on a unit that has failed for good", () => {
    unit("notes.service", { state: "failed" });
    const said = failed(run({ startup: "echo run >>runs; exit 3", retries: 100 }));
    assert.deepEqual(runs(), ["run"]);
    assert.match(
      said,
      /: notes\.service has failed, and its startup check exited with status 3: echo/,
    );
    assert.match(
      said,
      /journal of notes\.service\nCorrect the service, and run pulumi up again\.$/m,
    );
  });

  it("gives up on a unit that fails for good between two attempts", () => {
    host().fake("sleep", `sed -i 's/running/failed/' ${host().path("units", "notes.service")}`);
    const said = failed(run({ startup: "echo run >>runs; exit 3", interval: 50, retries: 100 }));
    assert.equal(host().calls("sleep").length, 1);
    assert.match(said, /notes\.service has failed, and its startup check/);
  });

  for (const [what, states] of [
    ["that systemd restarts", { state: "auto-restart" }],
    ["that is about to be restarted", { state: "failed-before-auto-restart" }],
    ["that a job will start", { state: "failed", job: "12" }],
    ["that its timer will start", { state: "failed", triggeredBy: "notes.timer" }],
  ] as const) {
    it(`waits for a unit ${what}`, () => {
      unit("notes.service", states);
      unit("notes.timer", { state: "waiting" });
      const { status, stderr } = run({ startup: succeedsAt("startup", 3) });
      assert.equal(status, 0, stderr);
      assert.equal(runs().length, 3);
    });
  }

  it("does not wait for a socket that has failed with its unit", () => {
    unit("notes.service", { state: "failed", triggeredBy: "notes.socket" });
    unit("notes.socket", { state: "failed" });
    assert.match(
      failed(run({ startup: "false" })),
      /notes\.service has failed, and its startup check/,
    );
  });

  it("names other units that have failed for good even though the checks pass", () => {
    unit("notes-backup.service", { state: "failed", triggeredBy: "notes-backup.timer" });
    unit("notes-backup.timer", { state: "waiting" });
    unit("notes-import.service", { state: "failed" });
    unit("var-lib-notes.mount", { state: "failed" });
    const said = failed(run({}));
    assert.deepEqual(said.trimEnd().split("\n"), [
      "Warning: notes-backup.service has failed on the host of notes; systemd will start it again.",
      "Unable to confirm that notes is healthy: its checks pass, but units of its host have failed: notes-import.service var-lib-notes.mount",
      "The last lines of the journal of notes-import.service:",
      "  journal of notes-import.service",
      "The last lines of the journal of var-lib-notes.mount:",
      "  journal of var-lib-notes.mount",
      "Correct these units or disable them, and run pulumi up again.",
    ]);
  });

  it("gives up at once on a check that asks for a unit that does not exist", () => {
    unit("notes.service", { state: "dead", load: "not-found" });
    const startup = "echo run >>runs; systemctl is-active --quiet notes";
    const said = failed(run({ startup, retries: 100 }));
    assert.deepEqual(runs(), ["run"]);
    assert.match(said, /: there is no notes\.service, and its startup check exited with/);
    assert.match(said, /^Define it in the NixOS configuration of notes, or correct its unit/m);
  });

  it("waits for a check of something else where the unit does not exist", () => {
    unit("notes.service", { state: "dead", load: "not-found" });
    assert.equal(run({ startup: succeedsAt("startup", 3) }).status, 0);
    assert.equal(runs().length, 3);
  });

  it("says that the unit does not exist", () => {
    unit("notes.service", { state: "dead", load: "not-found" });
    const said = failed(run({ startup: "exit 4", retries: 0 }));
    assert.match(
      said,
      /^This host has no unit notes\.service \(unit of notes in the manifest\)\.$/m,
    );
    assert.deepEqual(host().calls("journalctl"), []);
  });

  it("ends a check that takes too long", () => {
    const began = Date.now();
    const said = failed(run({ readiness: "trap '' TERM; /bin/sleep 30", timeout: 1, retries: 0 }));
    assert.ok(Date.now() - began < 10_000);
    assert.match(said, /^The last lines of its output:\n {2}It did not end within 1 s\.$/m);
    assert.doesNotMatch(said, /Killed/);
  });

  it("ends with its deadline, whatever the checks may take and however often they may run", () => {
    for (const checks of [
      { startup: "/bin/sleep 30", timeout: 30 },
      { startup: "true", readiness: "/bin/sleep 30 & false", interval: 1, retries: 1_000_000 },
      { startup: "false", interval: 3 },
    ]) {
      const began = Date.now();
      const said = failed(run({ ...checks, deadline: 2 }));
      assert.ok(Date.now() - began < 10_000);
      assert.match(said, / \(tries: \d+, in [0-4] s\): /);
    }
  });

  it("reads no input and leaves no file", () => {
    assert.equal(succeeded(run({ startup: "! read -r line", retries: 0 })), "");
    assert.deepEqual(host().files(), ["bashrc", "bin", "calls", "units"]);
  });
});
