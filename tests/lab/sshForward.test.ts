import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "mocha";
import { SshAgent } from "../../components/sshAgent";
import { forwardPort, SshForward, type SshForwardArgs } from "../../components/sshForward";
import { buildTemplate } from "../../lab/lab";
import { freePort } from "./homelab/homelab";
import { record } from "../unit/recorder";

/** An address of this machine that nothing else uses, where a host would be. */
const address = "127.77.0.12";

/** A forward through a real SSH server. */
describe("the SSH forward to an API", function () {
  this.timeout("5m");
  const folder = mkdtempSync(join(tmpdir(), "nixmox-forward-test-"));
  let sshd: ChildProcess;
  let api: Server;
  let localPort: number;
  let forward: SshForward | undefined;
  const keyOf = (name: string) =>
    readFileSync(join(folder, `${name}.pub`), "utf8")
      .split(" ")
      .slice(0, 2)
      .join(" ");

  before(async () => {
    record();
    const { base } = await buildTemplate(() => undefined);
    for (const name of ["host", "other", "user"]) {
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, name)]);
    }
    writeFileSync(join(folder, "authorized_keys"), readFileSync(join(folder, "user.pub")));
    chmodSync(folder, 0o700);
    mkdirSync("/run/sshd", { recursive: true });
    const options = {
      AuthorizedKeysFile: join(folder, "authorized_keys"),
      HostKey: join(folder, "host"),
      ListenAddress: `${address}:22`,
      PidFile: "none",
      StrictModes: "no",
      UsePAM: "no",
    };
    const config = join(folder, "sshd_config");
    writeFileSync(
      config,
      Object.entries(options)
        .map((each) => `${each.join(" ")}\n`)
        .join(""),
    );
    // This machine need not have the libraries of the template's programs.
    const root = join(base, "rootfs/usr");
    const libraries = readdirSync(join(root, "lib")).filter((name) => name.endsWith("-linux-gnu"));
    const users = join(folder, "passwd");
    const user = "sshd:x:65123:65534::/run/sshd:/usr/sbin/nologin\n";
    writeFileSync(users, readFileSync("/etc/passwd", "utf8").replace(/^sshd:.*\n/m, "") + user);
    const script = 'mount --bind "$1" /etc/passwd && exec "$2" -D -e -f "$3"';
    const words = ["sh", "-c", script, "sh", users, join(root, "sbin/sshd"), config];
    sshd = spawn("unshare", ["--mount", ...words], {
      env: {
        PATH: process.env.PATH,
        LD_LIBRARY_PATH: libraries.map((name) => join(root, "lib", name)).join(":"),
      },
      stdio: ["ignore", "ignore", "pipe"],
    });
    await new Promise<void>((resolve, reject) => {
      let said = "";
      sshd.stderr!.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        if (said.includes("Server listening")) resolve();
      });
      sshd.once("close", () => reject(new Error(said)));
    });
    api = createServer((_, response) => response.end("the API"));
    await once(api.listen(0, "127.0.0.1"), "listening");
    localPort = await freePort();
  });
  afterEach(() => forward?.close());
  after(async () => {
    sshd.kill();
    api.closeAllConnections();
    api.close();
    await once(sshd, "close");
    rmSync(folder, { recursive: true });
  });

  const open = (more: Partial<SshForwardArgs> = {}) =>
    (forward = new SshForward({
      address,
      hostKey: keyOf("host"),
      agent: new SshAgent(join(folder, "user"), join(folder, "agent")),
      remotePort: (api.address() as AddressInfo).port,
      localPort,
      ...more,
    }));

  it("reaches the API of a host that has its pinned key", async () => {
    const url = await open().listen();
    assert.equal(url, `http://127.0.0.1:${localPort}`);
    const answers = await Promise.all(
      [1, 2, 3].map(async () => (await fetch(url, { headers: { connection: "close" } })).text()),
    );
    assert.deepEqual(answers, ["the API", "the API", "the API"]);
  });

  it("reaches nothing before something connects", async () => {
    await open({ address: "192.0.2.1", hostKey: new Promise<string>(() => undefined) }).listen();
  });

  it("passes nothing on to a host with another key", async () => {
    const url = await open({ hostKey: keyOf("other") }).listen();
    await assert.rejects(fetch(url));
  });

  it("prefers a port that no other host has, nor the same host of another network", () => {
    const networks = Array.from({ length: 40 }, (_, i) => `192.168.${i + 90}`);
    const ports = networks.flatMap((network) =>
      [2, 12, 254].map((n) => forwardPort(`${network}.${n}`)),
    );
    assert.equal(new Set(ports).size, ports.length);
    assert.ok(ports.every((port) => port >= 20_000 && port < 32_768));
    assert.equal(forwardPort("192.168.99.12"), forwardPort("192.168.99.12"));
  });

  it("takes another port if something else has its own", async () => {
    const other = createServer();
    await once(other.listen(localPort, "127.0.0.1"), "listening");
    const url = await open().listen();
    other.close();
    assert.notEqual(url, `http://127.0.0.1:${localPort}`);
    assert.equal(await (await fetch(url, { headers: { connection: "close" } })).text(), "the API");
  });

  it("ends with the program, however that ends", async () => {
    const text = `
      const { SshForward } = require(${JSON.stringify(join(__dirname, "../../components/sshForward"))});
      const { SshAgent } = require(${JSON.stringify(join(__dirname, "../../components/sshAgent"))});
      require(${JSON.stringify(join(__dirname, "../unit/recorder"))}).record();
      const args = JSON.parse(process.argv[1]);
      const agent = new SshAgent(args.key, args.socket);
      new SshForward({ ...args, agent }).listen().then(async (url) => {
        console.log(await (await fetch(url)).text());
        setInterval(() => undefined, 1000);
      });`;
    const args = {
      ...{ address, hostKey: keyOf("host"), localPort, key: join(folder, "user") },
      ...{ socket: join(folder, "agent-2"), remotePort: (api.address() as AddressInfo).port },
    };
    const child = spawn(process.execPath, [
      ...["--require", "tsx/cjs", "-e", text, JSON.stringify(args)],
    ]);
    await Promise.race([once(child.stdout, "data"), once(child, "close")]);
    const tunnels = () =>
      execFileSync("ps", ["-eo", "args"], { encoding: "utf8" })
        .split("\n")
        .filter((line) => line.startsWith("ssh ") && line.includes(address));
    assert.equal(tunnels().length, 1);
    child.kill("SIGKILL");
    for (let tries = 0; tunnels().length > 0; tries++) {
      assert.ok(tries < 100, "ssh still runs");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const socket = connect(localPort, "127.0.0.1");
    await assert.rejects(once(socket, "connect"));
  });
});
