import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { beforeEach, it } from "mocha";
import { describeScript, failed, succeeded } from "./host";

const rule = 'hostssl "feeds" "reader" 10.20.30.15/32 scram-sha-256\n';

describeScript("nixos/modules/postgresql/assemble-hba.sh", (host) => {
  /** A server that runs, and whose objections to a file are the file `objections`. */
  beforeEach(() => {
    mkdirSync(host().path("hba"));
    writeFileSync(host().path("objections"), "");
    host().fake("systemctl", "");
    host().fake("chgrp", "");
    host().fake("runuser", `cat ${host().path("objections")}`);
  });

  const assemble = (...words: string[]) =>
    host().run(words, {
      env: {
        directory: host().path("hba"),
        suffix: ".hba",
        target: host().path("pg_hba.conf"),
        port: "5432",
      },
    });
  const lines = () => host().read("pg_hba.conf").split("\n").slice(1);

  it("lets in only the administrator if there is no fragment, and then those that fragments name", () => {
    succeeded(assemble());
    assert.deepEqual(lines(), ["local all postgres peer", ""]);
    writeFileSync(host().path("hba", "feeds.hba"), rule);
    succeeded(assemble("verify"));
    assert.deepEqual(lines(), ["local all postgres peer", rule.trim(), ""]);
  });

  it("keeps the previous file if a fragment is wrong or the server objects", () => {
    succeeded(assemble());
    writeFileSync(host().path("hba", "feeds.hba"), "host all all 0.0.0.0/0 trust\n");
    assert.match(failed(assemble("verify")), /feeds\.hba:1: host all all/);
    writeFileSync(host().path("hba", "feeds.hba"), rule);
    writeFileSync(host().path("objections"), "line 3: no such role\n");
    assert.equal(failed(assemble("verify")), "line 3: no such role\n");
    assert.deepEqual(lines(), ["local all postgres peer", ""]);
  });
});
