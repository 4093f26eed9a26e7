import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { askHealth } from "../../../cli/health";

describe("the health of a stack", () => {
  const folder = mkdtempSync(join(tmpdir(), "nixmox-health-"));
  const { PATH } = process.env;

  before(() => {
    const ssh = join(folder, "ssh");
    // OpenSSH itself says which file it would read.
    const ask = `file=$(/usr/bin/ssh -G "$@" </dev/null | sed -n 's/^userknownhostsfile //p')`;
    writeFileSync(ssh, `#!/bin/bash\n${ask}\ncat "$file" >${folder}/known\n`);
    chmodSync(ssh, 0o755);
    process.env.PATH = `${folder}:${PATH}`;
  });
  after(() => {
    process.env.PATH = PATH;
    rmSync(folder, { recursive: true });
  });

  it("asks hosts with a pinned key, and no others", async () => {
    const service = {
      ...{ node: "pve1", urls: [], secrets: [], checks: ["true"], timeout: 1 },
      ...{ administrator: "admin", hasSignIn: false },
    };
    const health = await askHealth({
      services: [
        { ...service, name: "notes", address: "10.0.0.1", hostKey: "ssh-ed25519 AAAA" },
        { ...service, name: "late", address: "10.0.0.2" },
      ],
      privateKeyFile: "key",
      dnsServer: "10.0.0.3",
      domain: "example.lan",
    });
    assert.deepEqual([...health].sort(), [
      ["late", { state: "not deployed" }],
      ["notes", { state: "healthy" }],
    ]);
    assert.equal(readFileSync(join(folder, "known"), "utf8"), "10.0.0.1 ssh-ed25519 AAAA\n");
  });
});
