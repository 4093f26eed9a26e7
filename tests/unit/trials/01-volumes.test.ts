import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { base, load, refusal } from "../fixtures";

/** Photos on a large disk beside the root disk, which is small. */
const photos = (lines: string) =>
  `${base}[services.photos]\nip = "192.168.99.115"\nnode = "pve-big"\nports = [2283]\n${lines}\n`;

describe("a homelab with large disks", () => {
  const specOf = (lines: string) =>
    load(photos(lines)).manifest.services.find(({ name }) => name === "photos")!;

  it("has volumes beside the root disk, on the root disk's storage and backed up by default", () => {
    const { volumes, resources } = specOf(
      'volumes.library = { path = "/srv/photos", size_gb = 500 }\n' +
        'volumes.cache = { path = "/var/cache/photos", size_gb = 20, datastore = "Storage", backup = false }',
    );
    assert.equal(resources.disk_gb, 8);
    assert.deepEqual(volumes, {
      library: { path: "/srv/photos", size_gb: 500, datastore: undefined, backup: true },
      cache: { path: "/var/cache/photos", size_gb: 20, datastore: "Storage", backup: false },
    });
  });

  it("protects a container that has one, whatever its role", () => {
    const withVolume = base.replace(
      "[core_services.caddy]\n",
      '[core_services.caddy]\nvolumes.logs = { path = "/srv/logs", size_gb = 4 }\n',
    );
    const stateful = (text: string) =>
      load(text).manifest.services.find(({ name }) => name === "caddy")!.stateful;
    assert.equal(stateful(base), false);
    assert.equal(stateful(withVolume), true);
  });

  it("is told who may mount a folder of the node, and how", () => {
    const mounts = 'mounts.media = { from = "/tank/media", path = "/srv/media" }';
    const { issues, message } = refusal(photos(mounts));
    assert.deepEqual(
      issues.map(({ code }) => code),
      ["root-only"],
    );
    assert.match(message, /only root@pam/);
    assert.match(message, /`pct set 7115 -mp0 \/tank\/media,mp=\/srv\/media`/);
    assert.match(message, /on node pve-big/);
  });

  it("is told the same for each device, and for a privileged container", () => {
    const { issues } = refusal(
      photos('devices = ["/dev/dri/card0", "/dev/dri/renderD128"]\nprivileged = true'),
    );
    assert.deepEqual(
      issues.map(({ code, message }) => `${code} ${/`([^`]+)`/.exec(message)![1]}`),
      [
        "root-only pct set 7115 -dev0 /dev/dri/card0",
        "root-only pct set 7115 -dev1 /dev/dri/renderD128",
        "root-only vzdump 7115 --mode stop --storage local",
      ],
    );
  });

  it("need not say that a container is unprivileged", () => {
    assert.deepEqual(specOf("privileged = false"), specOf(""));
  });
});
