import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { evaluateHost, upload } from "../nix";
import { change, samples } from "../samples";

describe("a host with volumes", () => {
  const unitOf = (slice: object) => {
    const flake = upload("miniflux", change(samples.miniflux, slice));
    const unit = "systemd.services.miniflux or { unitConfig = { }; serviceConfig = { }; }";
    return evaluateHost<Record<string, unknown>>(
      flake,
      "miniflux",
      `let unit = ${unit}; in {
        assertion = unit.unitConfig.AssertPathIsMountPoint or null;
        writable = unit.serviceConfig.ReadWritePaths or null;
      }`,
    );
  };
  const volumes = { photos: { path: "/srv/photos" }, thumbs: { path: "/srv/thumbs" } };

  it("starts its service only where these are mounted, and lets it write to them", () => {
    const paths = ["/srv/photos", "/srv/thumbs"];
    assert.deepEqual(unitOf({ volumes }), { assertion: paths, writable: paths });
  });

  it("leaves a service without any as it is", () => {
    assert.deepEqual(unitOf({}), { assertion: null, writable: null });
  });

  it("leaves a unit alone that is not a service", () => {
    const slice = { volumes, service: { unit: "miniflux.target" } };
    assert.deepEqual(unitOf(slice), { assertion: null, writable: null });
  });
});
