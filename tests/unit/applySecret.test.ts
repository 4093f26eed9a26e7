import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { runProgram, type Run } from "./program";

describe("a secret that a command applies", () => {
  const folder = mkdtempSync(join(tmpdir(), "nixmox-apply-"));
  let run: Run;

  before(async () => {
    const manifest = join(folder, "nixmox.toml");
    const shipped = readFileSync("manifest/nixmox.toml", "utf8");
    const own = '[services.miniflux.interface.secrets.token]\napply = "reload-token"\n';
    writeFileSync(manifest, `${shipped}\n${own}`);
    run = await runProgram(manifest);
  });

  after(() => rmSync(folder, { recursive: true }));

  const get = (name: string) => run.resources.get(name) ?? assert.fail(name);
  const words = (name: string) => String(get(name).inputs.create).split("\n")[0];

  it("restarts nothing, and is applied to what runs after the switch, before the health checks", () => {
    const path = "/var/lib/nixmox/secrets/token";
    assert.equal(words("miniflux-secret-token"), `set -- ${path} root 0400`);
    assert.equal(
      words("miniflux-apply-token"),
      "set -- miniflux token reload-token 'miniflux-secret-token printed this'",
    );
    assert.ok(get("miniflux-apply-token").dependsOn.includes("miniflux-system-switch"));
    assert.ok(get("miniflux-health").dependsOn.includes("miniflux-apply-token"));
  });

  it("is applied by a restart if it has no command", () => {
    assert.match(words("miniflux-secret-admin-password")!, / miniflux\.service$/);
    assert.equal(run.resources.has("miniflux-apply-admin-password"), false);
  });
});
