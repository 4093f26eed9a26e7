import assert from "node:assert/strict";
import { spawn, spawnSync, type SpawnSyncReturns } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, it } from "mocha";
import { project, scratch } from "./nix";

const tool = join(project, "nixos/modules/base/nixmox-fragment.sh");

describe("nixmox-fragment", () => {
  let directory: string;
  let log: string;
  let environment: NodeJS.ProcessEnv;

  /** A daemon that refuses what says "bad", cannot load what says "heavy", and logs its reloads. */
  beforeEach(() => {
    const home = mkdtempSync(join(scratch, "fragments-"));
    directory = join(home, "state", "toy");
    log = join(home, "log");
    environment = {
      ...process.env,
      NIXMOX_FRAGMENT_KINDS: join(home, "kinds"),
      NIXMOX_STATE: join(home, "state"),
    };
    mkdirSync(join(home, "kinds"));
    writeFileSync(log, "");
    const script = (name: string, text: string) => {
      writeFileSync(join(home, name), `#!/bin/bash\n${text}\n`);
      chmodSync(join(home, name), 0o755);
    };
    script(
      "check",
      `if grep -H bad ${directory}/*.conf; then echo "line 1 is bad"; exit 1; fi 2>/dev/null`,
    );
    script(
      "apply",
      `cat ${directory}/*.conf 2>/dev/null | tr '\\n' ' ' >>${log}; echo >>${log}
       if grep -q heavy ${directory}/*.conf 2>/dev/null; then echo "too heavy"; exit 1; fi
       if grep -q slow ${directory}/*.conf 2>/dev/null; then sleep 1; fi`,
    );
    writeFileSync(
      join(home, "kinds", "toy"),
      `directory=${directory}\nsuffix=.conf\ngroup=${process.getgid!()}\nmode=0640\ncheck=${home}/check\napply=${home}/apply\n`,
    );
  });

  const run = (words: string, input = ""): SpawnSyncReturns<string> =>
    spawnSync("bash", ["-euo", "pipefail", tool, ...words.split(" ")], {
      input,
      env: environment,
      encoding: "utf8",
    });
  const reloads = () => readFileSync(log, "utf8").split("\n").slice(0, -1);
  const files = () => readdirSync(directory).filter((name) => name !== ".lock");
  const content = (name: string) => readFileSync(join(directory, `${name}.conf`), "utf8");

  it("writes a fragment and has the daemon read it", () => {
    assert.equal(run("put toy wiki", "one\n").status, 0);
    assert.equal(content("wiki"), "one\n");
    assert.equal(statSync(join(directory, "wiki.conf")).mode & 0o777, 0o640);
    assert.deepEqual(reloads(), ["one "]);
    assert.deepEqual(files(), ["wiki.conf"]);
  });

  it("does nothing if nothing changed", () => {
    run("put toy wiki", "one\n");
    assert.equal(run("put toy wiki", "one\n").status, 0);
    assert.equal(reloads().length, 1);
  });

  it("restores the old content if the check fails, and says why", () => {
    run("put toy wiki", "one\n");
    const { status, stderr, stdout } = run("put toy wiki", "bad\n");
    assert.equal(status, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /line 1 is bad/);
    assert.match(stderr, /^Unable to put toy fragment wiki: it was refused \(above\)/m);
    assert.equal(content("wiki"), "one\n");
    assert.deepEqual(files(), ["wiki.conf"]);
    assert.equal(reloads().length, 1);
  });

  it("leaves nothing of a new fragment that is refused", () => {
    run("put toy wiki", "one\n");
    assert.equal(run("put toy feeds", "bad\n").status, 1);
    assert.deepEqual(files(), ["wiki.conf"]);
  });

  it("restores the old state, also in the daemon, if the daemon could not load the new one", () => {
    run("put toy wiki", "one\n");
    const { status, stderr } = run("put toy wiki", "heavy\n");
    assert.equal(status, 1);
    assert.match(stderr, /too heavy/);
    assert.match(stderr, /Unable to put toy fragment wiki: the daemon could not load it/);
    assert.deepEqual(reloads(), ["one ", "heavy ", "one "]);
    assert.equal(content("wiki"), "one\n");
  });

  it("removes a fragment, and succeeds if it is gone already", () => {
    run("put toy wiki", "one\n");
    assert.equal(run("remove toy wiki").status, 0);
    assert.deepEqual(files(), []);
    assert.equal(run("remove toy wiki").status, 0);
    assert.deepEqual(reloads(), ["one ", ""]);
  });

  it("removes what a daemon left behind when it was removed from the host", () => {
    mkdirSync(join(environment.NIXMOX_STATE!, "gone"), { recursive: true });
    const left = join(environment.NIXMOX_STATE!, "gone", "wiki.conf");
    writeFileSync(left, "one\n");
    assert.equal(run("remove gone wiki").status, 0);
    assert.equal(existsSync(left), false);
    const { status, stderr } = run("put gone wiki", "one\n");
    assert.equal(status, 1);
    assert.match(
      stderr,
      /Unable to put gone fragment wiki: this host accepts no fragments of this kind/,
    );
  });

  it("undoes what was interrupted before it does anything else", () => {
    run("put toy wiki", "one\n");
    writeFileSync(join(directory, ".previous.wiki"), "one\n");
    writeFileSync(join(directory, "wiki.conf"), "bad\n");
    writeFileSync(join(directory, ".absent.feeds"), "");
    writeFileSync(join(directory, "feeds.conf"), "bad\n");
    assert.equal(run("put toy graphs", "two\n").status, 0);
    assert.equal(content("wiki"), "one\n");
    assert.deepEqual(files(), ["graphs.conf", "wiki.conf"]);
  });

  it("restores the old state when it is told to stop", async () => {
    run("put toy wiki", "one\n");
    const child = spawn("bash", ["-euo", "pipefail", tool, "put", "toy", "wiki"], {
      env: environment,
      stdio: ["pipe", "ignore", "ignore"],
    });
    child.stdin.end("slow\n");
    while (reloads().length < 2) await new Promise((done) => setTimeout(done, 20));
    child.kill("SIGTERM");
    await new Promise((done) => child.on("exit", done));
    assert.equal(content("wiki"), "one\n");
    assert.deepEqual(files(), ["wiki.conf"]);
    assert.deepEqual(reloads(), ["one ", "slow ", "one "]);
  });

  it("makes two concurrent runs wait for each other", async () => {
    const puts = ["a", "b", "c"].map((name) => {
      const child = spawn("bash", ["-euo", "pipefail", tool, "put", "toy", name], {
        env: environment,
        stdio: ["pipe", "ignore", "ignore"],
      });
      child.stdin.end(`${name}\n`);
      return new Promise((done) => child.on("exit", done));
    });
    assert.deepEqual(await Promise.all(puts), [0, 0, 0]);
    assert.deepEqual(reloads().at(-1), "a b c ");
  });

  it("accepts no path as a name", () => {
    for (const name of ["../etc", "a/b", "A", ".hidden", "a;b"]) {
      const { status, stderr } = run(`put toy ${name}`, "one\n");
      assert.equal(status, 1);
      assert.match(stderr, /a name consists of lower-case letters, digits and dashes/);
    }
    assert.equal(run("put ../toy wiki").status, 1);
    assert.equal(run("put toy").status, 2);
  });
});
