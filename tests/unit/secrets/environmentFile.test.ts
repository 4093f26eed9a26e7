import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, it } from "mocha";
import { environmentLine, unfitForEnvironment } from "../../../manifest/environmentFile";
import { environmentValues } from "./environmentValues";

/** What a POSIX shell reads from lines; systemd's own answer is in tests/lab/site/secrets.ts. */
function readByShell(lines: string): Record<string, string> {
  const { stdout, stderr } = spawnSync("sh", ["-c", 'set -a; eval "$(cat; echo :)"; env -0'], {
    input: lines,
    encoding: "utf8",
    env: { PATH: process.env.PATH },
  });
  assert.equal(stderr, "");
  return Object.fromEntries(
    stdout.split("\0").map((entry) => {
      const [name = "", ...value] = entry.split("=");
      return [name, value.join("=")];
    }),
  );
}

describe("a line of an EnvironmentFile", () => {
  it("sets exactly the value, whatever is in it", () => {
    fc.assert(
      fc.property(fc.array(environmentValues, { minLength: 1, maxLength: 8 }), (values) => {
        const lines = values.map((value, i) => environmentLine(`V${i}`, value)).join("");
        const read = readByShell(lines);
        values.forEach((value, i) => assert.equal(read[`V${i}`], value));
      }),
      { numRuns: 60 },
    );
  });

  it("has no quotes where none are needed, for programs that keep them", () => {
    assert.equal(environmentLine("KEY", "aB3/+=._-@%:,"), "KEY=aB3/+=._-@%:,\n");
    assert.equal(
      environmentLine("KEY", 'a "b" $c `d` \\e #f'),
      'KEY="a \\"b\\" \\$c \\`d\\` \\\\e #f"\n',
    );
  });

  it("is refused for what systemd would not take", () => {
    const dropped = ["a\u0000b", "\ud800", "\ufdd0", "\uffff", "\u{1fffe}"];
    for (const value of dropped) assert.ok(unfitForEnvironment(value), JSON.stringify(value));
    const kept = [
      "a\tb\nc",
      "a\rb",
      "\u001b[0m",
      "\u007f",
      "é",
      "\u0085",
      "\u{1f511}",
      "\ufffd",
      "'",
      "\\",
    ];
    for (const value of kept) assert.equal(unfitForEnvironment(value), undefined, value);
  });
});
