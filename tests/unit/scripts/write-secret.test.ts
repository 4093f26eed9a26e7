import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { userInfo } from "node:os";
import { beforeEach, it } from "mocha";
import { describeScript, succeeded } from "./host";

const modeOf = (path: string) => (statSync(path).mode & 0o7777).toString(8);

describeScript("components/scripts/write-secret.sh", (host) => {
  let path: string;
  /** Each unit's state is its name. */
  beforeEach(() => {
    path = host().path("state", "secrets", "it's one");
    host().fake("systemctl", '[[ $1 != show ]] || echo "${!#}"');
  });

  const write = (value: string, owner = "root", mode = "0400", ...units: string[]) =>
    host().run([path, owner, mode, ...units], { input: value });
  const restarts = () => host().calls("systemctl restart");

  it("writes the value for its owner alone, in a folder that others can pass", () => {
    assert.match(succeeded(write("s3cret\n")), /^\d+\.\d{9}\.\d+\n$/);
    assert.equal(host().read("state", "secrets", "it's one"), "s3cret\n");
    assert.equal(modeOf(path), "400");
    assert.equal(modeOf(host().path("state", "secrets")), "711");
    assert.equal(modeOf(host().path("state")), "755");
    assert.deepEqual(readdirSync(host().path("state", "secrets")), ["it's one"]);
  });

  it("leaves the mode of an existing folder", () => {
    mkdirSync(host().path("state", "secrets"), { recursive: true });
    chmodSync(host().path("state", "secrets"), 0o750);
    succeeded(write("one"));
    assert.equal(modeOf(host().path("state", "secrets")), "750");
  });

  it("gives the file to its owner, or leaves it to root where there is no such user", () => {
    // Only root can give a file away; anyone else can to themselves.
    const owner = process.getuid!() === 0 ? "nobody" : userInfo().username;
    succeeded(write("one", owner, "0440"));
    assert.equal(execFileSync("stat", ["-c", "%U", path], { encoding: "utf8" }), `${owner}\n`);
    succeeded(write("one", "no-such-user", "0440"));
    assert.equal(statSync(path).uid, process.getuid!());
    assert.equal(modeOf(path), "440");
  });

  it("neither writes nor restarts if nothing changed, and prints the same version", () => {
    const first = succeeded(write("one", "root", "0400", "active"));
    assert.equal(succeeded(write("one", "root", "0400", "active")), first);
    assert.equal(restarts().length, 1);
  });

  it("prints another version when the value or the mode changed", () => {
    const versions = [write("one"), write("two"), write("two", "root", "0440")].map(succeeded);
    assert.equal(new Set(versions).size, 3);
    assert.equal(modeOf(path), "440");
  });

  it("restarts units that run or have failed, and starts none that is stopped", () => {
    succeeded(write("one", "root", "0400", "active", "inactive", "failed", "activating"));
    assert.deepEqual(
      host().calls("systemctl re"),
      ["active", "failed", "activating"].flatMap((unit) => [
        `systemctl reset-failed -- ${unit}`,
        `systemctl restart -- ${unit}`,
      ]),
    );
  });

  it("restarts what has run since before the value was written, where an earlier run did not", () => {
    succeeded(write("one"));
    const since = (seconds: number) => {
      const time = Math.floor(statSync(path).mtimeMs / 1000) + seconds;
      const show = `case $* in *Timestamp*) echo @${time} ;; show*) echo active ;; esac`;
      host().fake("systemctl", show);
      succeeded(write("one", "root", "0400", "notes.service"));
    };
    since(1);
    assert.deepEqual(restarts(), []);
    since(-1);
    assert.deepEqual(restarts(), ["systemctl restart -- notes.service"]);
  });

  it("leaves a unit that does not start with the new value to its health check, and says so", () => {
    host().fake("systemctl", "[[ $1 != show ]] || echo active; [[ $1 != restart ]]");
    const result = write("one", "root", "0400", "notes.service");
    succeeded(result);
    assert.match(
      result.stderr,
      /^Warning: notes\.service does not start with the new .*it's one \(above\); its health check/,
    );
    assert.ok(!(result.stdout + result.stderr).includes("one\n"));
  });

  it("keeps the old value where the new one cannot be written", () => {
    succeeded(write("one"));
    assert.notEqual(write("two", "root", "no-mode").status, 0);
    assert.deepEqual(readdirSync(host().path("state", "secrets")), ["it's one"]);
    assert.equal(host().read("state", "secrets", "it's one"), "one");
  });
});
