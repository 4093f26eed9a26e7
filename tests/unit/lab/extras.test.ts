import assert from "node:assert/strict";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { downloadKeycloak } from "../../../lab/template/extras/keycloak";
import { buildExtras, extrasDir, extrasOf, type Extra } from "../../../lab/template/extras";

describe("the lab's extras", () => {
  let cache = "";
  let before: string | undefined;
  let builds: string[] = [];
  let said: string[] = [];
  const log = (line: string) => said.push(line);

  beforeEach(() => {
    before = process.env.XDG_CACHE_HOME;
    cache = mkdtempSync(join(tmpdir(), "nixmox-extras-"));
    process.env.XDG_CACHE_HOME = cache;
    builds = [];
    said = [];
  });

  afterEach(() => {
    if (before === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = before;
    rmSync(cache, { recursive: true });
  });

  const tool = (version: string, content = version): Extra => ({
    name: "tool",
    title: `Tool ${version}`,
    id: () => version,
    build: (dir) => {
      builds.push(version);
      mkdirSync(join(dir, "bin"), { mode: 0o700 });
      writeFileSync(join(dir, "bin", "tool"), content, { mode: 0o700 });
      writeFileSync(join(dir, "notes"), content, { mode: 0o600 });
      return Promise.resolve();
    },
  });
  const read = () => readFileSync(join(extrasDir(), "tool", "bin", "tool"), "utf8");

  it("are built once, and found by a name without a version", async () => {
    await buildExtras([tool("1")], log);
    await buildExtras([tool("1")], log);
    assert.deepEqual(builds, ["1"]);
    assert.equal(said[0], "Building Tool 1 for the lab (once).");
    assert.equal(read(), "1");
    // Containers see the folder at another place.
    assert.equal(readlinkSync(join(extrasDir(), "tool")), "tool-1");
  });

  it("can be read and run by every user, and written by none but their owner", async () => {
    await buildExtras([tool("1")], log);
    const mode = (...path: string[]) => statSync(join(extrasDir(), "tool-1", ...path)).mode & 0o777;
    assert.deepEqual(
      [mode(), mode("bin"), mode("bin", "tool"), mode("notes")].map((m) => m.toString(8)),
      ["755", "755", "755", "644"],
    );
  });

  it("take the place of another version, which stays for those who still want it", async () => {
    await buildExtras([tool("1")], log);
    await buildExtras([tool("2")], log);
    assert.equal(read(), "2");
    await buildExtras([tool("1")], log);
    assert.equal(read(), "1");
    assert.deepEqual(builds, ["1", "2"]);
    assert.deepEqual(readdirSync(extrasDir()).sort(), ["tool", "tool-1", "tool-2"]);
  });

  it("leave nothing behind when a build fails, and are built the next time", async () => {
    const broken: Extra = {
      ...tool("1"),
      build: async (dir) => {
        await tool("1").build(dir, log);
        chmodSync(join(dir, "bin"), 0o500);
        throw new Error("no network");
      },
    };
    await assert.rejects(buildExtras([broken], log), /^Error: no network$/);
    assert.deepEqual(readdirSync(extrasDir()), []);
    await buildExtras([tool("1")], log);
    assert.equal(read(), "1");
  });

  describe("Keycloak", () => {
    const path = process.env.PATH;
    afterEach(() => {
      process.env.PATH = path;
    });
    const download = () => downloadKeycloak(cache, log);

    it("names the package to install where there is no Maven", async () => {
      process.env.PATH = cache;
      await assert.rejects(download(), /mvn not found\. Run `apt-get install maven`\.$/);
    });

    it("is refused where Maven gets anything but the archive with the repository's checksum", async () => {
      const archive = "keycloak-quarkus-dist-26.7.3.tar.gz";
      const mvn = `#!/bin/sh\necho something else >"${cache}/${archive}"\n`;
      writeFileSync(join(cache, "mvn"), mvn, { mode: 0o755 });
      process.env.PATH = `${cache}:${path}`;
      await assert.rejects(download(), /the SHA-256 of the archive is [0-9a-f]{64}, not 7765/);
    });
  });

  it("of Keycloak's module are Java and both its programs, each once", () => {
    const names = extrasOf(["keycloak", "caddy", "keycloak"]).map(({ name }) => name);
    assert.deepEqual(names, ["jre", "keycloak", "oauth2-proxy"]);
  });

  it("are none for services that the template has everything for", () => {
    assert.deepEqual(extrasOf(["postgresql", "caddy", "miniflux", "constructor"]), []);
  });
});
