import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { findFaults } from "../../../manifest/caddyfile/findFaults";
import { domain, harmless, hostile, upstream } from "./samples";

const site = { domain, upstreams: [upstream] };
const faults = (text: string) => findFaults(text, site).map(({ line, what }) => `${line}: ${what}`);

describe("extra_config", () => {
  for (const [what, text] of Object.entries(harmless)) {
    it(`may have ${what}`, () => assert.deepEqual(faults(text), []));
  }

  for (const [what, text] of Object.entries(hostile)) {
    it(`may not have ${what}`, () => assert.notDeepEqual(faults(text), []));
  }

  it("names the line", () => {
    assert.deepEqual(faults("header {\n\tX-A `1\n2`\n}\n\ntls internal"), ["6: the directive tls"]);
  });

  it("may not have anything hostile after, in or around anything harmless", () => {
    const [good, bad] = [Object.values(harmless), Object.values(hostile)];
    // Hostile only where no folder is named that may be served.
    const rootless = [
      hostile["files that exist"],
      hostile["files tried"],
      hostile["files with a folder for some requests"],
      hostile["files without a folder"],
    ];
    const around = fc.constantFrom(
      (inner: string) => inner,
      (inner: string) => `handle {\n${inner}\n}`,
      (inner: string) => `route /x/* {\nhandle_path /x/y* {\n${inner}\n}\n}`,
    );
    fc.assert(
      fc.property(fc.constantFrom(...good), fc.constantFrom(...bad), around, (a, b, wrap) => {
        assert.deepEqual(faults(wrap(a)), []);
        fc.pre(!(a.startsWith("root ") && rootless.includes(b)));
        assert.notDeepEqual(faults(`${a}\n${wrap(b)}`), []);
      }),
    );
  });

  it("is read to its end, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        faults(text);
      }),
    );
    assert.notDeepEqual(faults("handle {\n".repeat(1500)), []);
  });
});
