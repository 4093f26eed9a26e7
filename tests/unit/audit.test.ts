import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "mocha";
import { isAllowed, recognize } from "../../audit/licences";
import { npmLicences } from "../../audit/npmLicences";
import type { Audit } from "../../audit/outcome";
import { audit } from "../../audit/run";
import { readGovulncheck, readNpmAudit } from "../../audit/vulnerabilities";

const project = join(__dirname, "..", "..");

describe("npm run audit", () => {
  const folder = mkdtempSync(join(tmpdir(), "nixmox-audit-test-"));
  after(() => rmSync(folder, { recursive: true }));

  const clean: Audit = () => Promise.resolve({ looked: "2 packages", findings: [] });
  const bad: Audit = () => Promise.resolve({ looked: "2 packages", findings: ["left-pad: high"] });
  const offline: Audit = () => Promise.resolve({ skipped: "no network today" });
  const run = async (chosen: Record<string, Audit>) => {
    const lines: string[] = [];
    const error = await audit(project, chosen, (line) => lines.push(line)).then(
      () => undefined,
      (thrown: Error) => thrown.message,
    );
    return { lines, error };
  };

  it("names what it could not look at, and passes on what it could", async () => {
    const { lines, error } = await run({ one: clean, two: offline });
    assert.deepEqual(lines, ["one: 0 found in 2 packages", "two: skipped: no network today"]);
    assert.equal(error, undefined);
  });

  it("fails for what it found, after everything has run", async () => {
    const { lines, error } = await run({ one: bad, two: clean });
    assert.deepEqual(lines, [
      "one: 1 found in 2 packages",
      "  left-pad: high",
      "two: 0 found in 2 packages",
    ]);
    assert.match(error ?? "", /^Unable to pass: 1 audit found something/);
  });

  it("finds no licence in npm's lock file that is not allowed", async () => {
    const outcome = await npmLicences(project);
    assert.ok("findings" in outcome);
    assert.deepEqual(outcome.findings, []);
  });

  it("finds one that is", async () => {
    cpSync(join(project, "package-lock.json"), join(folder, "package-lock.json"));
    const file = join(folder, "package-lock.json");
    const text = readFileSync(file, "utf8");
    const at = text.indexOf('"license": "MIT"', text.indexOf('"node_modules/execa"'));
    writeFileSync(file, `${text.slice(0, at)}"license": "AGPL-3.0"${text.slice(at + 16)}`);
    const outcome = await npmLicences(folder);
    assert.ok("findings" in outcome);
    assert.match(outcome.findings.join(), /^execa [\d.]+: AGPL-3\.0$/);
  });

  it("reads combined licences", () => {
    assert.ok(isAllowed("x", "(BSD-3-Clause AND Apache-2.0)"));
    assert.ok(isAllowed("x", "(GPL-3.0 OR MIT)"));
    assert.ok(!isAllowed("x", "(GPL-3.0 AND MIT)"));
    assert.ok(!isAllowed("x", undefined));
  });

  it("recognizes the text of a licence, however it is wrapped", () => {
    const mit = "Permission is hereby granted,\n  free of charge, to any person";
    assert.equal(recognize(mit), "MIT");
    const mozilla =
      "Mozilla Public License, version 2.0 ... GNU General Public License Version 2.0";
    assert.equal(recognize(mozilla), "MPL-2.0");
    assert.equal(recognize("GNU AFFERO GENERAL PUBLIC LICENSE\n   Version 3"), undefined);
    assert.equal(recognize(`Business Source License 1.1\n${mit}`), undefined);
    assert.equal(recognize("All rights reserved."), undefined);
  });

  it("reads npm's report, and tells an error from it", () => {
    const metadata = { dependencies: { prod: 300 } };
    const vulnerabilities = { tar: { severity: "high", range: "<7.1" } };
    assert.deepEqual(readNpmAudit(JSON.stringify({ vulnerabilities, metadata })), {
      looked: "300 packages",
      findings: ["tar <7.1: high"],
    });
    for (const text of ["", "<html>", '{"message":"405 Method Not Allowed"}']) {
      assert.ok("skipped" in readNpmAudit(text), text);
    }
  });

  it("reads govulncheck's text", () => {
    const text =
      "=== Symbol Results ===\n\nVulnerability #1: GO-2026-0001\n    A flaw\n  Module: golang.org/x/net\n" +
      "    Found in: golang.org/x/net@v0.1.0\n    Fixed in: golang.org/x/net@v0.2.0\n" +
      "Vulnerability #2: GO-2026-0002\n  Standard library\n    Found in: net/http@go1.26\n";
    assert.deepEqual(readGovulncheck(text), [
      "GO-2026-0001: golang.org/x/net@v0.1.0",
      "GO-2026-0002: net/http@go1.26",
    ]);
    assert.deepEqual(readGovulncheck("No vulnerabilities found.\n"), []);
  });
});
