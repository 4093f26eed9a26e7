import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { evaluate, evaluateHost, project, refusal, system, upload } from "./nix";
import { change, samples, type Overrides } from "./samples";

const release = "26.05";

describe("the release of NixOS", () => {
  it("is the one that flake.nix names, that flake.lock has, and whose options the lab has", () => {
    const flake = readFileSync(join(project, "flake.nix"), "utf8");
    assert.equal(/"github:NixOS\/nixpkgs\/nixos-([\d.]+)"/.exec(flake)?.[1], release);
    const lock = JSON.parse(readFileSync(join(project, "flake.lock"), "utf8")) as {
      version: number;
      nodes: { nixpkgs: Record<"locked" | "original", Record<string, string>> };
    };
    assert.equal(lock.version, 7);
    const { original, locked } = lock.nodes.nixpkgs;
    assert.equal(original.ref, `nixos-${release}`);
    assert.match(locked.rev!, /^[0-9a-f]{40}$/);
    assert.match(locked.narHash!, /^sha256-[A-Za-z0-9+/]{43}=$/);
    assert.equal(evaluate("lib.trivial.release"), release);
  });
});

describe("the release whose defaults a host's data was created with", () => {
  const flake = (overrides: Overrides = {}, extra: Record<string, string> = {}) =>
    upload("miniflux", change(samples.miniflux, overrides), extra);
  const stateVersion = (...args: Parameters<typeof flake>) =>
    evaluateHost(flake(...args), "miniflux", "configuration.system.stateVersion");
  const kept = { "nixos/state-version": "25.05\n" };

  it("is the pin's on a host that is new, and in a checkout", () => {
    assert.equal(stateVersion(), release);
    assert.equal(evaluateHost(project, "dns", "configuration.system.stateVersion"), release);
  });

  it("is the one that the host has kept", () => {
    assert.equal(stateVersion({}, kept), "25.05");
  });

  it("is the manifest's, if it names one", () => {
    assert.equal(stateVersion({ stateVersion: "24.11" }, kept), "24.11");
  });

  it("is that of the host's own file, if it has one", () => {
    const file = { "nixos/hosts/miniflux.nix": '{ system.stateVersion = "23.11"; }' };
    assert.equal(stateVersion({ stateVersion: "24.11" }, { ...kept, ...file }), "23.11");
  });

  it("is told to the deployment, which keeps it", () => {
    const text = 'environment.etc."nixmox/state-version".text';
    assert.equal(evaluateHost(flake({}, kept), "miniflux", text), "25.05\n");
  });

  it("cannot be newer than the pin", () => {
    assert.match(
      refusal(flake({ stateVersion: "26.11" }), "miniflux"),
      /Unable to configure miniflux: its data would be of NixOS 26\.11, which is newer than the NixOS 26\.05 that flake\.nix names\. Correct `state_version` in the manifest, or update flake\.nix\./,
    );
  });

  it("has no other form", () => {
    for (const wrong of ["25.5", "25.05 ", "26.04"]) {
      assert.throws(
        () => evaluateHost(flake({}, { "nixos/state-version": wrong }), "miniflux", system),
        /option `nixmox\.stateVersion'/,
      );
    }
  });
});
