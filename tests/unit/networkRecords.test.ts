import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { type Run, runProgram } from "./program";

const shipped = readFileSync(join(__dirname, "../../manifest/nixmox.toml"), "utf8");

describe("devices and records in a deployment", () => {
  const folder = mkdtempSync(join(tmpdir(), "nixmox-records-"));
  after(() => rmSync(folder, { recursive: true }));
  let run: Run;
  before(async function () {
    this.timeout("60s");
    const manifest = join(folder, "manifest.toml");
    writeFileSync(manifest, `${shipped}\n[devices.nas]\nip = "192.168.99.85"\n`);
    run = await runProgram(manifest);
  });

  it("are one file on the resolver's host", () => {
    const found = [...run.resources.values()].filter(({ name }) => /^dns-network/.test(name));
    assert.deepEqual(found.map(({ name }) => name).sort(), ["dns-network", "dns-network-records"]);
  });
});
