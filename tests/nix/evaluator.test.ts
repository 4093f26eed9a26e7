import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { evaluate, flakes } from "./nix";

/** The result of merging modules with these texts. */
function merge<T = Record<string, unknown>>(...modules: string[]): T {
  const list = modules.map((text) => `(${text})`).join(" ");
  return evaluate<T>(`with lib; (evalModules { modules = [ ${list} ]; }).config`);
}

const options = (text: string) => `{ lib, ... }: with lib; { options = with types; { ${text} }; }`;

describe("the lab's module system", () => {
  it("merges definitions by type, the last module's first", () => {
    const declared = options(`
      list = mkOption { type = listOf str; default = [ "unused" ]; };
      text = mkOption { type = lines; };
      set = mkOption { type = attrsOf int; };
      maybe = mkOption { type = nullOr (either int str); default = null; };`);
    assert.deepEqual(
      merge(
        declared,
        '{ list = [ "a" ]; text = "one"; set.x = 1; }',
        '{ list = [ "b" ]; text = "two"; set.y = 2; maybe = "z"; }',
      ),
      { list: ["b", "a"], text: "two\none", set: { x: 1, y: 2 }, maybe: "z" },
    );
  });

  it("weighs definitions by priority and sorts them by order", () => {
    assert.deepEqual(
      merge(
        options("n = mkOption { type = int; default = 1; }; l = mkOption { type = listOf int; };"),
        "{ lib, ... }: { n = lib.mkDefault 2; l = lib.mkAfter [ 3 ]; }",
        "{ lib, ... }: { n = lib.mkForce 4; l = [ 2 ]; }",
        "{ lib, ... }: { n = 3; l = lib.mkBefore [ 1 ]; }",
      ),
      { n: 4, l: [1, 2, 3] },
    );
  });

  it("takes conditions that depend on the result", () => {
    assert.deepEqual(
      merge(
        options('on = mkEnableOption "it"; l = mkOption { type = listOf int; default = [ ]; };'),
        "{ config, lib, ... }: lib.mkIf config.on { l = lib.mkMerge [ [ 1 ] (lib.mkIf (!config.on) [ 2 ]) ]; }",
        "{ on = true; }",
      ),
      { on: true, l: [1] },
    );
  });

  it("evaluates submodules, with their name, their defaults and free attributes", () => {
    assert.deepEqual(
      merge(
        options(`hosts = mkOption { type = attrsOf (submodule ({ name, config, ... }: {
          freeformType = attrsOf str;
          options.fqdn = mkOption { type = str; default = "\${name}.lan"; };
          options.url = mkOption { type = str; default = "https://\${config.fqdn}"; };
        })); };`),
        '{ hosts.a.note = "free"; }',
        '{ hosts.b.fqdn = "other"; }',
      ),
      {
        hosts: {
          a: { fqdn: "a.lan", url: "https://a.lan", note: "free" },
          b: { fqdn: "other", url: "https://other" },
        },
      },
    );
  });

  it("imports a file once, however often it is named", () => {
    const file = join(flakes, "once.nix");
    writeFileSync(file, "{ l = [ 1 ]; }");
    assert.deepEqual(
      merge(
        options("l = mkOption { type = listOf int; };"),
        `{ imports = [ ${file} ]; }`,
        `{ imports = [ ${file} { imports = [ ${file} ]; } ]; }`,
      ),
      { l: [1] },
    );
  });

  for (const [what, modules, message] of [
    [
      "an undefined option",
      ["a = mkOption { type = int; };", "{ }"],
      /`a' is used but not defined/,
    ],
    [
      "an unknown option",
      ["a = mkOption { type = int; default = 1; };", "{ b.c = 1; }"],
      /`b' does not exist/,
    ],
    [
      "an unknown option of a submodule",
      [
        "a = mkOption { type = submodule { options.x = mkOption { default = 1; }; }; };",
        "{ a.y = 1; }",
      ],
      /`a\.y' does not exist/,
    ],
    [
      "a value of another type",
      ["a = mkOption { type = port; };", "{ a = 70000; }"],
      /`a' is not of type/,
    ],
    [
      "an element of another type",
      ["a = mkOption { type = listOf int; };", '{ a = [ 1 "x" ]; }'],
      /`a\.\[2\]' is not of type `signed integer'/,
    ],
    [
      "a second declaration",
      ["a = mkOption { }; ", "{ lib, ... }: { options.a = lib.mkOption { }; }"],
      /`a' is declared more than once/,
    ],
    [
      "definitions beside config",
      ["a = mkOption { };", "{ config = { }; a = 1; }"],
      /unsupported attribute `a'/,
    ],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(() => merge(options(modules[0]), modules[1]), message);
    });
  }
});
