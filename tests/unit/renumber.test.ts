import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { base, load, refusal } from "./fixtures";

const text = `${base}[networks.dmz]
cidr = "192.168.98.0/24"
gateway = "192.168.98.254"
[services.git]
ip = "192.168.98.20"
network = "dmz"
ports = [3000]
interface.route = {}
`;

describe("moving a manifest to other networks", () => {
  const moved = (networkCidrs: Record<string, string>) =>
    load(text, "manifest.toml", { networkCidrs }).manifest;

  it("moves each network by itself, with its router and its hosts", () => {
    const manifest = moved({ default: "192.168.98.0/24", dmz: "192.168.97.0/24" });
    const git = manifest.services.find(({ name }) => name === "git")!;
    assert.equal(manifest.network.gateway, "192.168.98.1");
    assert.equal(manifest.networks.dmz!.gateway, "192.168.97.254");
    assert.equal(git.ip, "192.168.97.20");
    assert.equal(git.interface.routes.default!.upstream, "192.168.97.20:3000");
    assert.deepEqual(git.nameservers, ["192.168.98.13"]);
  });

  it("leaves a network that is not moved, and one that there is no more", () => {
    const manifest = moved({ dmz: "10.7.0.0/16", gone: "10.8.0.0/16" });
    assert.equal(manifest.network.gateway, "192.168.99.1");
    assert.equal(manifest.networks.dmz!.cidr, "10.7.0.0/16");
    assert.equal(manifest.networks.dmz!.gateway, "10.7.0.254");
    assert.deepEqual(moved({}), load(text).manifest);
  });

  it("refuses what is too small, and an overlap that it would make", () => {
    const small = { networkCidrs: { dmz: "10.7.0.0/25" } };
    assert.throws(
      () => load(text, "manifest.toml", small),
      /it is smaller than 192\.168\.98\.0\/24/,
    );
    const same = { networkCidrs: { dmz: "192.168.99.0/24" } };
    assert.match(refusal(text, "manifest.toml", same).message, /overlaps network\.network_cidr/);
  });
});
