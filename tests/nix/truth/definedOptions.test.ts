import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { evaluateHost, upload } from "../nix";
import { allServices, providers, slicesOf } from "../examples";
import { samples } from "../samples";
import { unread } from "./excused";
import { absence, facts, isBelow, type NixosFacts } from "./nixosFacts";

interface Defined {
  readonly name: string;
  readonly file: string;
}

/** What a host's own modules set, of NixOS's options: the file of each below the flake. */
function definedBy(flake: string, host: string): Defined[] {
  const all = evaluateHost<Defined[]>(
    flake,
    host,
    `lib.definedOptions (lib.hasPrefix "${flake}/") outputs.nixosConfigurations.${host}`,
  );
  return all
    .filter(({ name }) => !isBelow(name, "nixmox"))
    .map(({ name, file }) => ({ name, file: file.slice(flake.length + 1) }));
}

/** The options that NixOS does not have, or not any more, and where they are set. */
function faults({ options, renamedOrRemoved }: NixosFacts, defined: readonly Defined[]): string[] {
  const attributes = Object.keys(options).filter((name) => takesAttributes(options[name]!.type));
  const isKnown = (name: string) =>
    name in options ||
    attributes.some((each) => name.startsWith(`${each}.`)) ||
    Object.keys(unread).some((each) => isBelow(name, each));
  return defined.flatMap(({ name, file }) => {
    const old = Object.keys(renamedOrRemoved).find((each) => isBelow(name, each));
    if (old !== undefined) {
      return [`${file}: ${name} is ${renamedOrRemoved[old]!.to ?? "removed"}`];
    }
    return isKnown(name) ? [] : [`${file}: NixOS has no ${name}`];
  });
}

/** Whether an option of this type has attributes that are no options themselves. */
function takesAttributes(type: NixosFacts["options"][string]["type"]): boolean {
  const types = typeof type === "string" ? [type] : Object.values(type);
  return types.some(
    (each) =>
      /^(open submodule|(lazy )?attribute set|list of \((JSON|YAML) value\)|(JSON|YAML) value|.* configuration type)/.test(
        each,
      ) && !/\(submodule\)$/.test(each),
  );
}

describe("the options that modules set", () => {
  if (facts === null) {
    it.skip(`are NixOS's, and neither renamed nor removed ${absence}`, () => undefined);
    return;
  }
  const nixos = facts;

  const ownSamples = Object.entries(samples).map(([host, slice]) => [host, slice, host] as const);
  const hosts = providers.flatMap((provider) =>
    Object.entries(slicesOf(allServices(provider))).map(
      ([host, slice]) => [host, slice, `${host} with ${provider}`] as const,
    ),
  );
  for (const [host, slice, title] of [...ownSamples, ...hosts]) {
    it(`are NixOS's, and neither renamed nor removed, on ${title}`, () => {
      const defined = definedBy(upload(host, slice), host);
      assert.ok(defined.some(({ name }) => name === "systemd.services.<name>.serviceConfig"));
      assert.deepEqual(faults(nixos, defined), []);
    });
  }

  describe("are found", () => {
    const flake = upload("dns", samples.dns, {
      "nixos/hosts/dns.nix": `{ lib, ... }: {
        systemd.services.x = lib.mkIf false { description = "x"; };
        services.unbound = lib.mkMerge [ { settings.server.port = lib.mkForce 5353; } ];
      }`,
    });
    let names: string[];
    before(() => {
      names = definedBy(flake, "dns")
        .filter(({ file }) => file === "nixos/hosts/dns.nix")
        .map(({ name }) => name);
    });

    it("wherever they are set, even if their condition does not hold", () => {
      for (const name of [
        "systemd.services",
        "systemd.services.<name>.description",
        "services.unbound.settings.server",
      ]) {
        assert.ok(names.includes(name), `${name} in ${names.join()}`);
      }
    });

    it("to be renamed, removed or unknown", () => {
      const name = (text: string) => ({ name: text, file: "x.nix" });
      assert.deepEqual(
        faults(
          nixos,
          [
            "services.resolved.fallbackDns",
            "services.unbound.extraConfig",
            "services.unbound.extra",
          ].map(name),
        ),
        [
          "x.nix: services.resolved.fallbackDns is services.resolved.settings.Resolve.FallbackDNS",
          "x.nix: services.unbound.extraConfig is removed",
          "x.nix: NixOS has no services.unbound.extra",
        ],
      );
    });
  });
});
