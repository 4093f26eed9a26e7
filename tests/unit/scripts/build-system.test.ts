import assert from "node:assert/strict";
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { beforeEach, describe, it } from "mocha";
import { describeScript, failed, succeeded } from "./host";

const system = "0123456789abcdfghijklmnpqrsvwxyz-nixos-system-notes";
const tree = JSON.stringify({ "flake.nix": "{ }", nixos: { hosts: { "notes.nix": "{ }" } } });

describeScript("components/scripts/build-system.sh", (host) => {
  /** Builds that link a system as their result, of a release for hosts that have none of their own. */
  const builds = (release: string) => {
    const [flake, etc] = [host().path("etc-nixos"), host().path(system, "etc", "nixmox")];
    mkdirSync(etc, { recursive: true });
    writeFileSync(host().path(system, "etc", "nixmox", "state-version"), `${release}\n`);
    host().fake(
      "nixos-rebuild",
      `cat ${flake}/nixos/state-version >${etc}/state-version 2>/dev/null || echo ${release} >${etc}/state-version
       ln -sfn ${host().path(system)} result; echo building`,
    );
  };

  /** Nix that keeps what it was given, and builds that link a result. */
  beforeEach(() => {
    mkdirSync(host().path("cgroup"));
    host().fake(
      "nix",
      'set -e; while [[ $1 != --write-to ]]; do shift; done; mkdir "$2"; cp flake.json "$2/flake.nix"',
    );
    builds("26.05");
    host().fake("sleep", "");
  });

  const words = ["notes", "3", "7"];
  const options = (input = tree) => ({
    input,
    env: {
      NIXMOX_STATE: host().path("state"),
      NIXMOX_FLAKE: host().path("etc-nixos"),
      NIXMOX_CGROUP: host().path("cgroup"),
    },
  });
  const build = (input?: string) => host().run(words, options(input));
  const attempts = () => host().calls("nixos-rebuild");

  it("unpacks the flake with Nix, builds its configuration and prints the store path alone", () => {
    assert.equal(succeeded(build()), `${host().path(system)}\n`);
    assert.equal(host().read("etc-nixos", "flake.nix"), tree);
    assert.deepEqual(attempts(), [
      `nixos-rebuild build --flake ${host().path("etc-nixos")}#notes --option sandbox-fallback true`,
    ]);
    assert.equal(existsSync(host().path("state", "build", "flake.json")), false);
  });

  it("leaves nothing of the previous flake", () => {
    mkdirSync(host().path("etc-nixos", "nixos"), { recursive: true });
    writeFileSync(host().path("etc-nixos", "nixos", "old.nix"), "");
    mkdirSync(host().path("state", "build", "unpacked"), { recursive: true });
    succeeded(build());
    assert.equal(existsSync(host().path("etc-nixos", "nixos", "old.nix")), false);
  });

  it("keeps the previous flake if Nix cannot unpack the new one", () => {
    succeeded(build("{}"));
    host().fake("nix", "echo 'error: no space' >&2; exit 1");
    const said = failed(build());
    assert.match(said, /^error: no space\nUnable to build notes: Nix cannot unpack the flake/);
    assert.equal(host().read("etc-nixos", "flake.nix"), "{}");
  });

  describe("the release whose defaults the host's data was created with", () => {
    const handedOver = () => host().read("etc-nixos", "nixos", "state-version");
    const kept = () => host().read("state", "state-version");

    it("is decided by the first build, which is told of none", () => {
      const told = `test ! -e ${host().path("etc-nixos", "nixos", "state-version")} || exit 1`;
      host().fake("nixos-rebuild", `${told}; ln -sfn ${host().path(system)} result`);
      succeeded(build());
      assert.equal(handedOver(), "26.05\n");
      assert.equal(kept(), "26.05\n");
    });

    it("stays when the flake names another one", () => {
      succeeded(build());
      builds("26.11");
      succeeded(build());
      assert.equal(handedOver(), "26.05\n");
      assert.equal(kept(), "26.05\n");
    });

    it("is 25.05 on a host whose systems did not say it yet", () => {
      mkdirSync(host().path("state", "build"), { recursive: true });
      symlinkSync("/nix/store/gone-nixos-system-notes", host().path("state", "build", "result"));
      succeeded(build());
      assert.equal(handedOver(), "25.05\n");
    });

    it("is another one if the manifest says so, from then on", () => {
      succeeded(build());
      host().fake("nixos-rebuild", `echo 24.11 >${host().path(system)}/etc/nixmox/state-version`);
      succeeded(build());
      assert.equal(kept(), "24.11\n");
    });

    it("is known from the last build, if it could not be kept", () => {
      succeeded(build());
      rmSync(host().path("state", "state-version"));
      succeeded(build());
      assert.equal(handedOver(), "26.05\n");
    });

    it("is not decided by a build that failed", () => {
      host().fake("nixos-rebuild", "exit 1");
      failed(build());
      assert.equal(existsSync(host().path("state", "state-version")), false);
    });
  });

  it("names a disk that is full, and how it gets larger", () => {
    host().fake("df", "printf '  Avail\\n 1024\\n'");
    host().fake(
      "nixos-rebuild",
      "echo 'error: writing to file: No space left on device' >&2; exit 1",
    );
    assert.match(failed(build()), /The disk of notes is full: give it more \(resources\.disk_gb/);
    host().fake("df", "printf '  Avail\\n 4194304\\n'");
    assert.doesNotMatch(failed(build()), /disk of notes/);
  });

  it("tries again, and says why it gives up", () => {
    host().fake("nixos-rebuild", "echo 'error: no such option' >&2; exit 1");
    const said = failed(build());
    assert.equal(attempts().length, 3);
    assert.deepEqual(host().calls("sleep"), ["sleep 7", "sleep 7"]);
    assert.match(said, /Trying again in 7 s \(2 of 3\)/);
    assert.match(
      said,
      /no such option\nUnable to build notes: nixos-rebuild failed with exit status 1 \(above\)\. Correct/,
    );
    assert.doesNotMatch(said, /memory/);
  });

  it("continues once an attempt succeeds", () => {
    host().fake(
      "nixos-rebuild",
      `[[ $(grep -c nixos-rebuild ${host().path("calls")}) -ge 2 ]] || exit 1; ln -s ${host().path(system)} result`,
    );
    assert.equal(succeeded(build()), `${host().path(system)}\n`);
    assert.equal(attempts().length, 2);
  });

  for (const [how, text] of [
    ["its exit status", "kill -KILL $$"],
    ["the kernel's count", "echo 'oom_kill 1' >$NIXMOX_CGROUP/memory.events; exit 1"],
  ] as const) {
    it(`recognises a build that was killed because memory ran out by ${how}`, () => {
      writeFileSync(host().path("cgroup", "memory.events"), "oom 0\noom_kill 0\n");
      host().fake("nixos-rebuild", text);
      assert.match(
        failed(build()),
        /because memory ran out: give notes more \(resources\.memory, at least 2048\)/,
      );
    });
  }

  it("waits for a build that still runs, whose flake stays until it has ended", async () => {
    const [running, go, seen] = ["running", "go", "seen"].map((name) => host().path(name));
    host().fake(
      "nixos-rebuild",
      `touch ${running}; until [[ -e ${go} ]]; do /bin/sleep 0.02; done
       cat ${host().path("etc-nixos", "flake.nix")} >>${seen}; ln -sfn ${host().path(system)} result`,
    );
    host().fake("flock", 'exec /usr/bin/flock "$@"');
    const first = host().start(words, options("first"));
    while (!existsSync(running!)) await poll();
    const second = host().start(words, options("second"));
    while (!host().calls().includes("flock 9")) await poll();
    assert.equal(second.stderr, "Waiting for another build on this host\n");
    writeFileSync(go!, "");
    assert.deepEqual(await Promise.all([first.exit, second.exit]), [0, 0]);
    assert.equal(host().read("seen"), "firstsecond");
  });
});

const poll = () => new Promise((done) => setTimeout(done, 20));
