import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it } from "mocha";
import { loadManifest } from "../../manifest/load";
import { additionsOf, parts } from "../lab/site";

describe("the grown homelab of the lab's tests", () => {
  it("is a valid manifest, whatever its parts add, before a lab is started for it", () => {
    const folder = mkdtempSync(join(tmpdir(), "nixmox-grown-"));
    try {
      const { network = "", manifest = "" } = additionsOf(parts);
      const shipped = readFileSync("manifest/nixmox.toml", "utf8");
      const file = join(folder, "nixmox.toml");
      writeFileSync(file, shipped.replace("[network]\n", (line) => line + network) + manifest);
      for (const [, name] of manifest.matchAll(/\bca = "([^"]+)"/g)) {
        mkdirSync(dirname(join(folder, name!)), { recursive: true });
        execFileSync("openssl", [
          ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"],
          ...["-keyout", join(folder, "key"), "-out", join(folder, name!), "-subj", "/CN=device"],
        ]);
      }
      const { services } = loadManifest(file).manifest;
      assert.ok(services.length > loadManifest("manifest/nixmox.toml").manifest.services.length);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
