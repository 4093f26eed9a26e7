import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
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
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "mocha";
import { withSsh } from "../../cli/ssh";
import { SshAgent } from "../../components/sshAgent";
import { SshForward } from "../../components/sshForward";
import { jumpText } from "../../components/sshJump";
import { buildTemplate } from "../../lab/lab";
import { createKey } from "../unit/sshKey";
import { record } from "../unit/recorder";
import { freePort } from "./homelab/homelab";

/** Two real SSH servers of this machine; with a wrong key of the first, nothing reaches the second. */
const [bastion, host] = ["127.77.0.20", "127.77.0.21"];

describe("SSH through a jump host", function () {
  this.timeout("5m");
  const folder = mkdtempSync(join(tmpdir(), "nixmox-jump-test-"));
  const path = (name: string) => join(folder, name);
  const servers: ChildProcess[] = [];
  let api: Server;
  let port: number;
  let forward: SshForward | undefined;

  const publicKey = (name: string) =>
    readFileSync(path(`${name}.pub`), "utf8")
      .split(" ")
      .slice(0, 2)
      .join(" ");
  const jump = (hostKey = publicKey("bastion")) => ({ user: "root", host: bastion, port, hostKey });

  before(async () => {
    record();
    chmodSync(folder, 0o700);
    for (const name of ["bastion", "host", "user", "other"]) createKey(path(name));
    writeFileSync(path("authorized_keys"), readFileSync(path("user.pub")));
    port = await freePort();
    const { base } = await buildTemplate(() => undefined);
    servers.push(await startSshd(base, folder, "bastion", `${bastion}:${port}`));
    servers.push(await startSshd(base, folder, "host", `${host}:22`));
    api = createServer((_, response) => response.end("the API"));
    await once(api.listen(0, "127.0.0.1"), "listening");
  });
  afterEach(() => forward?.close());
  after(async () => {
    for (const server of servers) {
      server.kill();
      await once(server, "close");
    }
    api.closeAllConnections();
    api.close();
    rmSync(folder, { recursive: true });
  });

  /** Pins the host's key as the deployment does. */
  const pin = (through = jumpText(jump(), host), key = "user") =>
    spawnSync(
      "bash",
      ["components/scripts/pin-host-key.sh", host, path(key), "8", publicKey("host")],
      {
        encoding: "utf8",
        input: "notes 7017 x\n",
        env: {
          PATH: process.env.PATH,
          NIXMOX_PROXY_JUMP: through.proxyJump,
          NIXMOX_PROXY_KNOWN_HOSTS: through.knownHosts,
        },
      },
    );

  it("finds out the host's key, and pins it", () => {
    const { status, stdout, stderr } = pin();
    assert.equal(status, 0, stderr);
    assert.equal(stdout, publicKey("host"));
  });

  it("trusts no other bastion, and says at once whose key is wrong", () => {
    const { status, stderr } = pin(jumpText(jump(publicKey("other")), host));
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^Unable to reach host 127\.77\.0\.21: it is behind root@127\.77\.0\.20:\d+, whose host key is not/m,
    );
    assert.match(stderr, /nixmox:sshProxyHostKey/);
  });

  it("says that the bastion refuses the key", () => {
    const { status, stderr } = pin(undefined, "other");
    assert.equal(status, 1);
    assert.match(stderr, /it is behind root@127\.77\.0\.20:\d+, which refuses the SSH key/);
  });

  it("leads the commands of the project to the host", async () => {
    const hosts = [{ address: host, hostKey: publicKey("host") }];
    const login = { privateKeyFile: path("user"), jump: jump() };
    const run = (change: Partial<typeof login> = {}) =>
      withSsh(hosts, { ...login, ...change }, (ssh) =>
        Promise.resolve(
          spawnSync("ssh", [...ssh(host), "echo $SSH_CONNECTION"], { encoding: "utf8" }),
        ),
      );
    const { stdout, stderr } = await run();
    assert.match(stdout, / 127\.77\.0\.21 22$/m, stderr);
    const { status, stderr: said } = await run({ jump: jump(publicKey("other")) });
    assert.equal(status, 255);
    assert.match(said, /verification failed|HAS CHANGED/);
  });

  it("leads to an API that only the host reaches", async () => {
    forward = new SshForward({
      address: host,
      hostKey: publicKey("host"),
      jump: jump(),
      agent: new SshAgent(path("user"), path("agent")),
      remotePort: (api.address() as AddressInfo).port,
      localPort: await freePort(),
    });
    const url = await forward.listen();
    assert.equal(await (await fetch(url, { headers: { connection: "close" } })).text(), "the API");
  });
});

/** Starts the template's SSH server on an address of this machine. */
async function startSshd(base: string, folder: string, name: string, listen: string) {
  mkdirSync("/run/sshd", { recursive: true });
  const config = join(folder, `${name}.conf`);
  writeFileSync(
    config,
    [
      `AuthorizedKeysFile ${join(folder, "authorized_keys")}`,
      `HostKey ${join(folder, name)}`,
      `ListenAddress ${listen}`,
      "PidFile none\nStrictModes no\nUsePAM no\nPermitRootLogin prohibit-password",
      "",
    ].join("\n"),
  );
  // This machine need not have the libraries of the template's programs, nor sshd's user.
  const root = join(base, "rootfs/usr");
  const libraries = readdirSync(join(root, "lib")).filter((each) => each.endsWith("-linux-gnu"));
  const users = join(folder, "passwd");
  const user = "sshd:x:65123:65534::/run/sshd:/usr/sbin/nologin\n";
  writeFileSync(users, readFileSync("/etc/passwd", "utf8").replace(/^sshd:.*\n/m, "") + user);
  const script = 'mount --bind "$1" /etc/passwd && exec "$2" -D -e -f "$3"';
  const words = ["sh", "-c", script, "sh", users, join(root, "sbin/sshd"), config];
  const sshd = spawn("unshare", ["--mount", ...words], {
    env: {
      PATH: process.env.PATH,
      LD_LIBRARY_PATH: libraries.map((each) => join(root, "lib", each)).join(":"),
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  await new Promise<void>((resolve, reject) => {
    let said = "";
    sshd.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      if (said.includes("Server listening")) resolve();
    });
    sshd.once("close", () => reject(new Error(said)));
  });
  return sshd;
}
