import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { describeGuest, type Mark, readMark } from "../../../components/proxmox/mark";

const mark: Mark = { service: "miniflux", stack: "dev", stackId: "3f9a1c0e", vmid: 7015 };
const line = "miniflux 2.1, made by NixMox (stack dev, 3f9a1c0e, id 7015)";

const marks = fc.record(
  {
    service: fc.stringMatching(/^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/),
    stack: fc.stringMatching(/^[A-Za-z0-9_.-]{1,40}$/),
    stackId: fc.stringMatching(/^[0-9a-f]{8}$/),
    vmid: fc.integer({ min: 100, max: 999_999_999 }),
  },
  { noNullPrototype: true },
);

describe("a container's mark", () => {
  it("is a line that people can read", () => {
    assert.equal(describeGuest(mark, "2.1"), line);
    assert.equal(describeGuest(mark), line.replace(" 2.1", ""));
  });

  it("is read back whatever the version says, with a newline after it, and URL-encoded", () => {
    fc.assert(
      fc.property(
        marks,
        fc.option(fc.string({ unit: "binary" }), { nil: undefined }),
        (own, version) => {
          const description = describeGuest(own, version);
          assert.deepEqual(readMark(description), own);
          assert.deepEqual(readMark(`${description}\n`), own);
          assert.deepEqual(readMark(`${encodeURIComponent(description)}%0A`), own);
        },
      ),
    );
  });

  it("is found among lines that people wrote", () => {
    assert.deepEqual(readMark(`Backed up on Sundays.\r\n${line}\r\n100% mine`), mark);
  });

  it("is not found in what is only similar", () => {
    for (const other of [
      undefined,
      "",
      "miniflux, made by NixMox",
      line.slice(1).toUpperCase(),
      line.slice(0, -1),
      `${line}.`,
      `> ${line}`,
      line.replace("3f9a1c0e", "3F9A1C0E"),
      line.replace("3f9a1c0e", "3f9a1c0"),
      line.replace("id 7015", "id 07015"),
      line.replace("dev, ", "dev,\n"),
      `${line}\n${line.replace("7015", "7016")}`,
      `%zz ${line.slice(2)}`,
    ]) {
      assert.equal(readMark(other), undefined, other);
    }
  });

  it("is lost by any change to its parts", () => {
    const text = describeGuest(mark);
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom("", "x", "\n", "0"), (at, char) => {
        const changed = text.slice(0, at) + char + text.slice(at + 1);
        fc.pre(changed !== text);
        assert.notDeepEqual(readMark(changed), mark);
      }),
    );
  });
});
