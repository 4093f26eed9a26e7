import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { evaluate } from "../nix";
import { narrowed, unread } from "./excused";
import { absence, difference, facts, isBelow, type LabOption } from "./nixosFacts";

const all = `lib.optionDocs (lib.nixosSystem {
  modules = [
    ({ modulesPath, ... }: {
      imports = [ "\${modulesPath}/virtualisation/proxmox-lxc.nix" ];
      system.stateVersion = "25.05";
    })
  ];
}).options`;

describe("the lab's options", () => {
  let options: readonly LabOption[];
  before(() => {
    options = evaluate<LabOption[]>(all);
  });

  it("are many", () => {
    assert.ok(options.length > 100);
  });

  if (facts === null) {
    it.skip(`have NixOS's types and defaults ${absence}`, () => undefined);
    return;
  }
  const { options: nixos, renamedOrRemoved } = facts;

  it("have the names that NixOS gives them today", () => {
    const old = options.filter(({ name }) => name in renamedOrRemoved);
    assert.deepEqual(
      old.map(({ name }) => `${name} is ${renamedOrRemoved[name]!.to ?? "no more"}`),
      [],
    );
  });

  it("exist in NixOS, or the data is known to say nothing about them", () => {
    const unknown = options.filter(
      ({ name }) => !(name in nixos) && !Object.keys(unread).some((each) => isBelow(name, each)),
    );
    assert.deepEqual(
      unknown.map(({ name }) => name),
      [],
    );
  });

  it("have NixOS's types and defaults, but for the narrowings that are intended", () => {
    const differences = options.flatMap((each) => {
      const other = nixos[each.name];
      const text = other === undefined ? null : difference(each, other);
      return text === null ? [] : [[each.name, text]];
    });
    assert.deepEqual(
      Object.fromEntries(differences),
      Object.fromEntries(Object.entries(narrowed).map(([name, [text]]) => [name, text])),
    );
  });
});
