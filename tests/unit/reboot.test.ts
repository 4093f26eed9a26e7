import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { base } from "./fixtures";
import { runProgram, type Run } from "./program";

const services = `
[services.notes]
ip = "192.168.99.70"
modules = ["miniflux"]
[services.wiki]
ip = "192.168.99.71"
modules = ["miniflux"]
reboot = "never"
`;

describe("the program, where the manifest allows reboots", () => {
  const folder = mkdtempSync(join(tmpdir(), "nixmox-reboot-"));
  let run: Run;
  const get = (name: string) => run.resources.get(name) ?? assert.fail(`${name} is missing`);
  before(async () => {
    const file = join(folder, "manifest.toml");
    writeFileSync(file, `reboot = "when_needed"\n${base}${services}`);
    run = await runProgram(file);
  });
  after(() => rmSync(folder, { recursive: true }));

  it("tells each host's switch whether it may reboot", () => {
    assert.match(String(get("notes-system-switch").inputs.create), /^set -- .+ when_needed\n/);
    assert.match(String(get("wiki-system-switch").inputs.create), /^set -- .+ never\n/);
    assert.match(String(get("wiki-system-switch").inputs.stdin), /switch-to-configuration" check/);
  });

  it("waits for a host that may, before it goes on, and for no other", () => {
    assert.match(String(get("notes-system-boot").inputs.create), /^set -- .+ 300\n/);
    assert.ok(get("notes-health").dependsOn.includes("notes-system-boot"));
    assert.equal(run.resources.get("wiki-system-boot"), undefined);
    assert.ok(get("wiki-health").dependsOn.includes("wiki-system-switch"));
  });
});
