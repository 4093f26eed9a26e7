import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { allServices, slicesOf } from "./examples";
import { evaluate, upload } from "./nix";
import { samples, type Slice } from "./samples";

/** What an expression is of a host's configuration if nixpkgs has other packages. */
const evaluateWith = <T>(packages: string, name: string, slice: Slice, expression: string): T =>
  evaluate<T>(`
    let
      pkgs = nixpkgs.legacyPackages.x86_64-linux;
      others = pkgs // (${packages});
      nixosSystem = args: lib.nixosSystem (args // { specialArgs = (args.specialArgs or { }) // { pkgs = others; }; });
      outputs = (import ${upload(name, slice)}/flake.nix).outputs {
        self = outputs;
        nixpkgs = nixpkgs // { lib = lib // { inherit nixosSystem; }; };
      };
    in outputs.nixosConfigurations.${name}.config.${expression}`);

/** What a host's system ends with if nixpkgs has other packages. */
function refusalWith(packages: string, name: string, slice: Slice): string {
  try {
    evaluateWith(packages, name, slice, "system.build.toplevel.drvPath");
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error(`The system of ${name} was accepted.`);
}

/** Vaultwarden, whose package is overridden by its module. */
const vaultwarden = (version: string): string =>
  `{ vaultwarden = let old = pkgs.vaultwarden // { version = "${version}"; override = _: old; }; in old; }`;

describe("a package of nixpkgs that does not fit is refused, and its version named:", () => {
  const slices = slicesOf(allServices("authentik"));

  for (const [name, slice, packages, message] of [
    [
      "authentik",
      samples.authentik,
      '{ authentik = pkgs.authentik // { version = "2024.12.1"; }; }',
      /nixpkgs has Authentik 2024\.12\.1, and \S+ is the oldest that fits\. Choose a newer nixpkgs/,
    ],
    [
      "guacamole",
      slices.guacamole!,
      '{ guacamole-client = pkgs.guacamole-client // { version = "1.5.0"; }; }',
      /nixpkgs has Guacamole 1\.5\.0, and its extensions are for \S+\. Set version and hashes/,
    ],
    [
      "vaultwarden",
      slices.vaultwarden!,
      vaultwarden("1.30.0"),
      /nixpkgs has Vaultwarden 1\.30\.0, and \S+ is the oldest that people sign in to/,
    ],
  ] as const) {
    it(name, () => assert.match(refusalWith(packages, name, slice), message));
  }
});

it("Vaultwarden asks private addresses only where it would not ask the provider otherwise", () => {
  const slice = slicesOf(allServices("authentik")).vaultwarden!;
  for (const [version, settings] of [
    ["1.36.0", [false, true]],
    ["1.37.0", [null, null]],
  ] as const) {
    const { HTTP_REQUEST_BLOCK_NON_GLOBAL_IPS = null, DISABLE_ICON_DOWNLOAD = null } = evaluateWith<
      Record<string, unknown>
    >(vaultwarden(version), "vaultwarden", slice, "services.vaultwarden.config");
    assert.deepEqual([HTTP_REQUEST_BLOCK_NON_GLOBAL_IPS, DISABLE_ICON_DOWNLOAD], settings);
  }
});
