import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { freeNetwork } from "../../../lab/network";
import { execute, freePort, labCli, repository } from "./testLab";

/** Machines that cannot run a lab: one error that says what to do, and nothing changed. */
export function describePreflight(): void {
  describe("refuses to start", () => {
    let folder = "";
    const dir = () => join(folder, "lab");
    const start = async (more: readonly string[] = [], env?: NodeJS.ProcessEnv) => {
      const port = more.includes("--port") ? [] : ["--port", String(await freePort())];
      const options = ["--dir", dir(), "--name", "nmxbad", "--network", "192.168.232.0/24"];
      return labCli(["start", ...options, ...port, ...more], env);
    };

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "nixmox-preflight-"));
    });

    afterEach(() => {
      assert.equal(existsSync(join(dir(), "lab.json")), false);
      rmSync(folder, { recursive: true, force: true });
    });

    it("names who has the port", async () => {
      const server = createServer();
      await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
      const { port } = server.address() as AddressInfo;
      const { code, stderr } = await start(["--port", String(port)]);
      server.close();
      assert.equal(code, 1);
      assert.equal(
        stderr,
        `Unable to serve the lab's API: port ${port} is taken by node (pid ${process.pid}). ` +
          "Stop it, or choose another port with --port.\n",
      );
    });

    it("asks for root", async () => {
      // In a user namespace of its own a process is nobody, and may still read its files.
      const command = [process.execPath, "--import", "tsx", "lab/cli.ts", "start", "--dir", dir()];
      const { code, stderr } = await execute("unshare", ["--user", ...command]);
      assert.equal(code, 1);
      assert.equal(stderr, "Unable to run the lab: it needs root. Run it with sudo.\n");
    });

    it("names what is not installed", async () => {
      const { code, stderr } = await start([], { ...process.env, PATH: folder });
      assert.equal(code, 1);
      assert.match(
        stderr,
        /^Unable to run the lab: lxc-start, .* not found\. Run `apt-get install lxc /,
      );
    });

    it("says that user namespaces are not permitted, before it builds anything", async () => {
      // The kernel permits none in a chroot, whatever it contains: here, this very machine.
      const root = join(folder, "root");
      const cache = join(folder, "cache");
      mkdirSync(root);
      const inChroot = 'mount --rbind / "$1" && exec chroot "$@"';
      const command = [
        ...["--mount", "sh", "-c", inChroot, "sh", root, "env", "-C", repository],
        ...[process.execPath, "--import", "tsx", "lab/cli.ts", "start", "--dir", dir()],
        ...["--port", String(await freePort())],
      ];
      const env = { ...process.env, XDG_CACHE_HOME: cache };
      const { code, stdout, stderr } = await execute("unshare", command, env);
      assert.equal(code, 1);
      assert.match(
        stderr,
        /^Unable to run the lab: user namespaces are not permitted here \(Operation not permitted[^.\n]*\)\. Run it on a machine [^\n]*\n$/,
      );
      assert.equal(stdout, "");
      assert.equal(existsSync(cache), false);
    });

    it("says how much space is missing, and where", async () => {
      const small = join(folder, "small");
      mkdirSync(small);
      await execute("mount", ["-t", "tmpfs", "-o", "size=64m", "tmpfs", small]);
      const { code, stderr } = await start(["--dir", join(small, "lab")]);
      await execute("umount", [small]);
      assert.equal(code, 1);
      assert.match(
        stderr,
        /^Unable to run the lab: \S+ has 0\.1 GB free, but 2 are needed\. Free some space, /,
      );
    });

    it("shows why the template could not be built", async () => {
      const fake = join(folder, "mmdebstrap");
      writeFileSync(fake, "#!/bin/sh\necho 'E: no archive today' >&2\nexit 25\n");
      chmodSync(fake, 0o755);
      const PATH = `${folder}:${process.env.PATH}`;
      const cache = join(folder, "cache");
      const { code, stderr } = await start([], { ...process.env, PATH, XDG_CACHE_HOME: cache });
      assert.equal(code, 1);
      assert.match(stderr, /^Unable to build the template: E: no archive today\. Check that /);
    });

    it("leaves alone a bridge that it did not create", async () => {
      await execute("ip", ["link", "add", "name", "nmx-nmxbad", "type", "bridge"]);
      const { code, stderr } = await start();
      const { code: still } = await execute("ip", ["link", "delete", "nmx-nmxbad"]);
      assert.equal(still, 0, "the bridge is still there");
      assert.equal(code, 1);
      assert.match(
        stderr,
        /^Unable to create the bridge nmx-nmxbad: it exists, and this lab did not create it\./,
      );
    });

    it("takes the next network if the wanted one is in use", async () => {
      const route = ["unreachable", "192.168.232.128/25"];
      await execute("ip", ["route", "add", ...route]);
      const network = await freeNetwork("192.168.232.0/24", "nmx-nmxbad");
      await execute("ip", ["route", "delete", ...route]);
      assert.deepEqual(network, { cidr: "192.168.233.0/24", gateway: "192.168.233.1" });
    });

    it("refuses an unknown option", async () => {
      const { code, stderr } = await labCli(["start", "--prot", "1"]);
      assert.equal(code, 1);
      assert.match(
        stderr,
        /^Unable to read the command line: unknown option '--prot'\. Did you mean --port\?\n/,
      );
    });
  });
}
