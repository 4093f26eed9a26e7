import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "mocha";
import { loadManifest } from "../../manifest/load";
import { sliceOf } from "../../manifest/slice";
import { evaluateHost, evaluate, project, upload } from "./nix";
import { samples, type Host } from "./samples";

const system = "configuration.system.build.toplevel.drvPath";
const { manifest } = loadManifest(join(project, "manifest/nixmox.toml"));

describe("NixOS hosts", () => {
  it("are the manifest's enabled services", () => {
    const names = evaluate(`let outputs = (import ${project}/flake.nix).outputs
      { self = outputs; inherit nixpkgs; }; in lib.attrNames outputs.nixosConfigurations`);
    assert.deepEqual(
      names,
      manifest.services.map(({ name }) => name),
    );
  });

  for (const service of manifest.services) {
    it(`${service.name} can be built in a checkout`, () => {
      assert.match(evaluateHost<string>(project, service.name, system), /\.drv$/);
    });

    it(`${service.name} can be built of what its host gets, and nothing else`, () => {
      const flake = upload(service.name, sliceOf(manifest, service, ["ssh-ed25519 AAAA test"]));
      assert.match(evaluateHost<string>(flake, service.name, system), /\.drv$/);
    });
  }

  for (const host of Object.keys(samples) as Host[]) {
    it(`${host} has nothing of the shipped manifest built in`, () => {
      assert.match(evaluateHost<string>(upload(host, samples[host]), host, system), /\.drv$/);
    });
  }
});
