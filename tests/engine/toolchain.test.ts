import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { after, before, describe, it } from "mocha";
import { goEnvironment } from "../../toolchain/build";
import { downloadEngine, downloadPlugin, unreachableSite } from "../../toolchain/download";
import { satisfies } from "../../toolchain/engine";
import { withLock } from "../../toolchain/lock";
import { readPins, wantedPlugins } from "../../toolchain/pins";

const toolchain = join(__dirname, "..", "..", "toolchain");

describe("the toolchain", function () {
  const folder = mkdtempSync(join(tmpdir(), "nixmox-toolchain-"));
  after(() => rmSync(folder, { recursive: true }));

  it("passes its Go tests and vet", function () {
    this.timeout(15 * 60_000);
    const env = { ...process.env, ...goEnvironment };
    for (const command of ["vet", "test"]) {
      execFileSync("go", [command, "./..."], { cwd: toolchain, env, stdio: "pipe" });
    }
  });

  it("builds the engine at the version of the npm SDK", () => {
    const { pulumi, plugins } = readPins(join(toolchain, ".."));
    const module = readFileSync(join(toolchain, "engine", "go.mod"), "utf8");
    const [, version] = /github\.com\/pulumi\/pulumi\/pkg\/v3 v(\S+)/.exec(module) ?? [];
    assert.equal(version, pulumi);
    const names = (wanted: string[]) =>
      wantedPlugins({ pulumi, plugins }, wanted).map(({ name }) => name);
    // What only some homelabs need costs the others nothing.
    assert.deepEqual(names([]).sort(), ["command", "proxmoxve", "random"]);
    assert.deepEqual(names(["keycloak"]).sort(), ["command", "keycloak", "proxmoxve", "random"]);
  });

  it("takes an installed engine of the same major version that is not older", () => {
    const pinned = "3.259.0";
    for (const version of ["v3.259.0\n", "3.259.1", "v3.300.0", "v3.260.0-alpha.1"]) {
      assert.ok(satisfies(version, pinned), version);
    }
    for (const version of [
      "v3.258.9",
      "v4.0.0",
      "v2.400.0",
      "",
      "command not found",
      "v3.259",
      "3.259.0-alpha.1",
    ]) {
      assert.ok(!satisfies(version, pinned), version);
    }
  });

  describe("downloads", () => {
    const archive = `pulumi-v1.2.3-${process.platform}-${process.arch}.tar.gz`;
    let server: Server;
    let releases: string;
    let checksums: Record<string, string>;

    before(async () => {
      mkdirSync(join(folder, "pulumi"));
      writeFileSync(join(folder, "pulumi", "pulumi"), "an engine");
      execFileSync("tar", ["-czf", archive, "pulumi"], { cwd: folder });
      const content = readFileSync(join(folder, archive));
      checksums = { [archive]: createHash("sha256").update(content).digest("hex") };
      server = createServer((request, response) => {
        if (request.url === `/releases/${archive}`) response.end(content);
        else response.writeHead(404).end();
      });
      await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
      releases = `http://127.0.0.1:${(server.address() as AddressInfo).port}/releases`;
    });

    after(() => server.close());

    it("unpacks an archive with the repository's checksum", async () => {
      assert.equal(await unreachableSite(releases), undefined);
      const bin = join(folder, "good", "bin");
      await downloadEngine("1.2.3", bin, checksums, releases);
      assert.equal(readFileSync(join(bin, "pulumi"), "utf8"), "an engine");
    });

    it("refuses an archive with a different checksum", async () => {
      const bin = join(folder, "bad", "bin");
      const other = { [archive]: "f".repeat(64) };
      await assert.rejects(
        downloadEngine("1.2.3", bin, other, releases),
        /checksum of pulumi-v1\.2\.3/,
      );
      assert.ok(!existsSync(bin));
    });

    it("downloads nothing without a checksum, neither an engine nor a plugin", async () => {
      const bin = join(folder, "none", "bin");
      const plugin = { name: "random", version: "1.2.3" };
      const refused = /checksums\.json has no checksum of pulumi-/;
      await assert.rejects(downloadEngine("1.2.3", bin, {}, releases), refused);
      await assert.rejects(downloadPlugin(bin, plugin, {}), refused);
      assert.ok(!existsSync(bin));
    });

    it("hands a plugin's checksum to the engine, which checks it", async () => {
      const bin = join(folder, "fake", "bin");
      mkdirSync(bin, { recursive: true });
      const log = join(folder, "fake", "log");
      writeFileSync(join(bin, "pulumi"), `#!/bin/sh\necho "$@" >${log}\n`, { mode: 0o755 });
      const arch = process.arch === "x64" ? "amd64" : process.arch;
      const file = `pulumi-resource-random-v1.2.3-${process.platform}-${arch}.tar.gz`;
      await downloadPlugin(bin, { name: "random", version: "1.2.3" }, { [file]: "abc" });
      assert.match(
        readFileSync(log, "utf8"),
        /^plugin install resource random 1\.2\.3 .*--checksum abc$/m,
      );
    });

    it("reports within seconds that a site can't be reached", async () => {
      const began = Date.now();
      assert.equal(await unreachableSite("http://127.0.0.1:1/releases"), "127.0.0.1:1");
      assert.ok(Date.now() - began < 5_000);
    });
  });

  describe("its lock", () => {
    const file = join(folder, "lock");
    const ignore = () => undefined;

    it("lets one in at a time", async () => {
      let inside = 0;
      const work = async () => {
        assert.equal(++inside, 1);
        await nextTurn();
        inside--;
      };
      await Promise.all([1, 2, 3].map(() => withLock(file, ignore, work)));
      assert.ok(!existsSync(file));
    });

    it("is released when the work fails", async () => {
      const failing = withLock(file, ignore, () => Promise.reject(new Error("no")));
      await assert.rejects(failing, /no/);
      assert.ok(!existsSync(file));
    });

    it("is taken over from a process that is gone", async () => {
      const gone = execFileSync("sh", ["-c", "echo $$"], { encoding: "utf8" }).trim();
      writeFileSync(file, gone);
      assert.equal(await withLock(file, ignore, () => Promise.resolve("done")), "done");
    });
  });
});
