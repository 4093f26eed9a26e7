import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { beforeEach, it } from "mocha";
import { describeScript, failed, succeeded } from "./host";

describeScript("nixos/modules/base/nixmox-fragment.sh", (host) => {
  /** A daemon that refuses what says "bad", cannot load what says "heavy", and records its reloads. */
  beforeEach(() => {
    const daemon = (name: string, text: string) => {
      writeFileSync(host().path(name), `#!/bin/bash\n${text}\n`);
      chmodSync(host().path(name), 0o755);
    };
    mkdirSync(host().path("kinds"));
    daemon("check", "! grep bad toy/*.conf");
    daemon("apply", "cat toy/*.conf >>reloads; echo >>reloads; ! grep heavy toy/*.conf");
    writeFileSync(
      host().path("kinds", "toy"),
      `directory=${host().path("toy")}\nsuffix=.conf\ngroup=${process.getgid!()}\nmode=0640\n` +
        `check=${host().path("check")}\napply=${host().path("apply")}\n`,
    );
  });

  const run = (words: string, input = "") =>
    host().run(words.split(" "), {
      input,
      env: { NIXMOX_FRAGMENT_KINDS: host().path("kinds"), NIXMOX_STATE: host().home },
    });
  const files = () => readdirSync(host().path("toy")).filter((name) => name !== ".lock");

  it("runs in a bash without compgen", () => {
    writeFileSync(host().path("kinds", "completed"), "compgen -G '*'\n");
    assert.match(failed(run("put completed wiki")), /compgen: command not found/);
  });

  it("puts, keeps and removes a fragment", () => {
    succeeded(run("put toy wiki", "one\n"));
    succeeded(run("put toy wiki", "one\n"));
    assert.equal(host().read("toy", "wiki.conf"), "one\n");
    assert.equal(host().read("reloads"), "one\n\n");
    succeeded(run("remove toy wiki"));
    assert.deepEqual(files(), []);
  });

  it("restores the old content if the daemon refuses the new one or cannot load it", () => {
    succeeded(run("put toy wiki", "one\n"));
    assert.match(failed(run("put toy wiki", "bad\n")), /it was refused/);
    assert.match(failed(run("put toy wiki", "heavy\n")), /the daemon could not load it/);
    assert.equal(host().read("toy", "wiki.conf"), "one\n");
    assert.deepEqual(files(), ["wiki.conf"]);
  });

  it("undoes what was interrupted, and checks and reloads although nothing else changed", () => {
    succeeded(run("put toy wiki", "one\n"));
    writeFileSync(host().path("toy", ".previous.wiki"), "one\n");
    writeFileSync(host().path("toy", "wiki.conf"), "bad\n");
    writeFileSync(host().path("toy", ".absent.feeds"), "");
    writeFileSync(host().path("toy", "feeds.conf"), "bad\n");
    succeeded(run("put toy wiki", "one\n"));
    assert.equal(host().read("toy", "wiki.conf"), "one\n");
    assert.deepEqual(files(), ["wiki.conf"]);
    assert.equal(host().read("reloads"), "one\n\none\n\n");
  });
});
