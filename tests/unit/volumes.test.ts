import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { base } from "./fixtures";
import { runProgram, type Run } from "./program";

const photos = `
[services.photos]
ip = "192.168.99.70"
modules = ["miniflux"]
datastore = "fast"
volumes.library = { path = "/srv/photos", size_gb = 500, datastore = "tank" }
volumes.cache = { path = "/var/cache/photos", size_gb = 20, backup = false }
`;

describe("the program, with volumes", () => {
  const folder = mkdtempSync(join(tmpdir(), "nixmox-volumes-"));
  let run: Run;
  const get = (name: string) => run.resources.get(name) ?? assert.fail(`${name} is missing`);
  before(async () => {
    const file = join(folder, "manifest.toml");
    writeFileSync(file, base + photos);
    run = await runProgram(file);
  });
  after(() => rmSync(folder, { recursive: true }));

  it("gives the container none, and each volume its storage", () => {
    assert.equal(get("photos-container").inputs.mountPoints, undefined);
    const of = (name: string) => get(`photos-volume-${name}`).inputs;
    assert.deepEqual(of("library"), {
      service: "photos",
      volume: "library",
      nodeName: "pve1",
      vmId: 7070,
      path: "/srv/photos",
      sizeGb: 500,
      datastore: "tank",
      backup: true,
    });
    assert.deepEqual([of("cache").datastore, of("cache").backup], ["fast", false]);
  });

  it("makes one after the other, each once it is known to hide nothing", () => {
    assert.ok(get("photos-volume-library").dependsOn.includes("photos-volume-library-place"));
    assert.ok(get("photos-volume-cache").dependsOn.includes("photos-volume-library"));
    assert.ok(get("photos-volume-cache-place").dependsOn.includes("photos-volume-library"));
    const { dependsOn } = get("photos-system-switch");
    assert.ok(
      dependsOn.includes("photos-volume-library") && dependsOn.includes("photos-volume-cache"),
    );
  });

  it("lets them live and end with their container, and guards them", () => {
    for (const name of ["library", "cache"]) {
      const { deletedWith, replaceWith, deleteBeforeReplace, hooks } = get(`photos-volume-${name}`);
      assert.deepEqual(
        { deletedWith, replaceWith, deleteBeforeReplace },
        {
          deletedWith: "photos-container",
          replaceWith: ["photos-container"],
          deleteBeforeReplace: true,
        },
      );
      assert.deepEqual(hooks, {
        beforeCreate: ["nixmox-preflight"],
        beforeUpdate: ["nixmox-preflight"],
        beforeDelete: ["nixmox-volume-guard"],
      });
    }
  });

  it("keeps the token secret, and connects for volumes only where there are some", () => {
    const { token } = get("volumes").inputs as { token: Record<string, unknown> };
    // How the engine is told that a value is a secret.
    assert.equal(token["4dabf18193072939515e22adb298388d"], "1b47061264138c4ac30d75fd1eb44270");
    assert.equal(
      [...run.resources.values()].filter(({ type }) => type === "pulumi:providers:pve").length,
      1,
    );
  });
});
