import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, it } from "mocha";
import { project, scratch } from "../nix";

const script = readFileSync(join(project, "nixos/modules/postgresql/assemble-hba.sh"), "utf8");
const rule = 'hostssl "feeds" "reader" 10.20.30.15/32 scram-sha-256\n';

describe("assembling pg_hba.conf", () => {
  let home: string;
  let target: string;

  beforeEach(() => {
    home = mkdtempSync(join(scratch, "hba-"));
    target = join(home, "pg_hba.conf");
    mkdirSync(join(home, "hba"));
  });

  /** Runs it where no server is active and the group is this user's own. */
  function assemble(fragments: Record<string, string>) {
    for (const [name, text] of Object.entries(fragments)) {
      writeFileSync(join(home, "hba", `${name}.hba`), text);
    }
    const settings = `directory=${home}/hba suffix=.hba target=${target} port=5432`;
    const stand = "systemctl() { return 3; }; chgrp() { :; }";
    return spawnSync("bash", ["-euo", "pipefail", "-c", `${stand}; ${settings}\n${script}`], {
      encoding: "utf8",
    });
  }

  it("lets in the administrator on the host, and those that fragments name", () => {
    assert.equal(assemble({ feeds: `# Miniflux\n${rule}` }).status, 0);
    const lines = readFileSync(target, "utf8").split("\n").slice(1);
    assert.deepEqual(lines, ["local all postgres peer", rule.trim(), ""]);
  });

  for (const [what, line] of [
    ["a connection without TLS", 'host "feeds" "reader" 10.20.30.15/32 scram-sha-256'],
    ["only connections without TLS", 'hostnossl "feeds" "reader" 10.20.30.15/32 scram-sha-256'],
    ["every role", 'hostssl "feeds" all 10.20.30.15/32 scram-sha-256'],
    ["every database", 'hostssl all "reader" 10.20.30.15/32 scram-sha-256'],
    ["a whole network", 'hostssl "feeds" "reader" 10.20.30.0/24 scram-sha-256'],
    ["no password", 'hostssl "feeds" "reader" 10.20.30.15/32 trust'],
    ["a weaker password check", 'hostssl "feeds" "reader" 10.20.30.15/32 md5'],
    ["roles by pattern", 'hostssl "feeds" "/.*" 10.20.30.15/32 scram-sha-256'],
    ["another file", "include /etc/passwd"],
  ] as const) {
    it(`refuses ${what}, names the line, and changes nothing`, () => {
      const { status, stderr } = assemble({ good: rule, wrong: `${line}\n` });
      assert.equal(status, 1);
      assert.match(stderr, /wrong\.hba:1: /);
      assert.equal(existsSync(target), false);
    });
  }
});
