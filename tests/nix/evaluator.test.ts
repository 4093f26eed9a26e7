import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { evaluate, flakes, refusal, upload } from "./nix";
import { samples } from "./samples";

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
      "a newline in a single line",
      ["a = mkOption { type = singleLineStr; };", '{ a = "x\\ny"; }'],
      /`a' is not of type `\(optionally newline-terminated\) single-line string'/,
    ],
    [
      "a colon in a field of /etc/passwd",
      ["a = mkOption { type = passwdEntry str; };", '{ a = "x:y"; }'],
      /`a' is not of type `string, not containing newlines or colons'/,
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

describe("the lab's NixOS refuses, as NixOS does,", () => {
  const host = (definitions: string) =>
    refusal(
      upload("dns", samples.dns, { "nixos/hosts/dns.nix": `{ lib, ... }: { ${definitions} }` }),
      "dns",
    );

  for (const [what, definitions, message] of [
    [
      "what is no unit's name",
      `systemd.services.x.after = [ "network" ];`,
      /x\.after\.\[1\]' is not of type `string matching/,
    ],
    [
      "a second line in a description",
      `systemd.services.x.description = "a\\nb";`,
      /x\.description' is not of type/,
    ],
    [
      "a user without a group",
      "users.users.x.isSystemUser = true;",
      /users\.users\.x\.group is unset/,
    ],
    [
      "two values of one directive",
      `systemd.services.x.serviceConfig = lib.mkMerge [ { Type = "simple"; } { Type = "exec"; } ];`,
      /Type' has conflicting definition values/,
    ],
  ] as const) {
    it(what, () => assert.match(host(definitions), message));
  }

  it("and describes nested types as nixpkgs does", () => {
    const described = evaluate<string[]>(`with lib.types; map (type: type.description) [
      (nullOr (listOf (submodule { })))
      (attrsOf (either str (listOf int)))
      (nullOr (enum [ "a" "b" ]))
      (coercedTo path (x: [ x ]) (listOf path))
      (attrsOf (submodule { freeformType = attrsOf (nullOr str); }))
      (either ints.positive (enum [ "auto" ]))
    ]`);
    assert.deepEqual(described, [
      "null or (list of (submodule))",
      "attribute set of (string or list of signed integer)",
      'null or one of "a", "b"',
      "(list of absolute path) or absolute path convertible to it",
      "attribute set of (open submodule of attribute set of (null or string))",
      'positive integer, meaning >0, or value "auto" (singular enum)',
    ]);
  });
});
