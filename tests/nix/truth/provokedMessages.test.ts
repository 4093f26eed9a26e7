import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type Suite } from "mocha";
import { project, refusals } from "../nix";
import { messagesOfModules, patternOf } from "./messages";

const tests = readdirSync(join(project, "tests/nix"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => join(project, "tests/nix", name));

describe("the message of each module's assertion", () => {
  const messages = messagesOfModules();

  it("is found in its text, whatever it interpolates", () => {
    const pattern = patternOf('"a \\"b\\" ${f "x" { y = "${z}"; }} (c)."; d', 0);
    assert.equal(pattern.source, 'a "b" [^]*? \\(c\\)\\.');
    assert.ok(messages.length > 50);
  });

  // Comes after all of them, since files run in the order of their names.
  it("has been provoked by a test", function () {
    const run = new Set(filesOf(this.test!.parent!));
    if (!tests.every((file) => run.has(file))) {
      this.test!.title += " (skipped: only some of tests/nix run)";
      this.skip();
    }
    const seen = refusals.join("\n");
    assert.deepEqual(
      messages.filter(({ pattern }) => !pattern.test(seen)).map(({ place }) => place),
      [],
    );
  });
});

function filesOf(suite: Suite): string[] {
  const top = suite.root ? suite : suite.parent!;
  return top.suites.flatMap(({ file }) => (file === undefined ? [] : [file]));
}
