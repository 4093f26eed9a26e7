import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, before, describe, it } from "mocha";

const module = resolve(__dirname, "../../components/sshAgent");

describe("the SSH agent of a run", function () {
  this.timeout("60s");
  const folder = mkdtempSync(join(tmpdir(), "nixmox-agent-"));
  const key = join(folder, "key");
  const locked = join(folder, "locked");
  const socket = join(folder, "agents", "dev");

  before(() => {
    for (const [file, passphrase] of [
      [key, ""],
      [locked, "hunter2"],
    ] as const) {
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", passphrase, "-f", file]);
    }
  });
  after(() => rmSync(folder, { recursive: true }));

  /** A program that starts an agent, says so, and ends when told. */
  const program = (file: string) => {
    const text = `
      const { SshAgent } = require(${JSON.stringify(module)});
      const { record } = require(${JSON.stringify(resolve(__dirname, "recorder"))});
      record();
      new SshAgent(${JSON.stringify(file)}, ${JSON.stringify(socket)}).start().then(
        () => console.log("started"),
        (error) => { console.error(error.message); process.exit(1); },
      );
      process.stdin.once("data", () => process.stdin.destroy());`;
    const child = spawn(process.execPath, ["--require", "tsx/cjs", "-e", text]);
    child.stderr.setEncoding("utf8");
    return child;
  };

  const keys = () =>
    spawnSync("ssh-add", ["-l"], {
      env: { ...process.env, SSH_AUTH_SOCK: socket },
      encoding: "utf8",
    });

  /** `ssh-agent` looks every ten seconds whether its command is still there. */
  const isGone = async () => {
    for (let tries = 0; keys().status !== 2; tries++) {
      assert.ok(tries < 150, "the agent still runs");
      await new Promise((wait) => setTimeout(wait, 100));
    }
  };

  for (const [what, end] of [
    ["ends", (child: ReturnType<typeof program>) => child.stdin.write("end\n")],
    ["is killed", (child: ReturnType<typeof program>) => child.kill("SIGKILL")],
  ] as const) {
    it(`has the key, and ends when the program ${what}`, async () => {
      const child = program(key);
      await once(child.stdout, "data");
      const { stdout } = keys();
      assert.equal(stdout.split("\n").length, 2, stdout);
      const shown = execFileSync("ssh-keygen", ["-lf", key], { encoding: "utf8" });
      assert.equal(stdout.split(" ")[1], shown.split(" ")[1]);
      assert.equal(statSync(dirname(socket)).mode & 0o777, 0o700);
      end(child);
      await once(child, "close");
      await isGone();
    });
  }

  it("belongs to the run that started it last", async () => {
    const first = program(key);
    await once(first.stdout, "data");
    const second = program(key);
    await once(second.stdout, "data");
    first.kill("SIGKILL");
    await new Promise((wait) => setTimeout(wait, 11_000));
    assert.equal(keys().status, 0);
    second.stdin.write("end\n");
    await isGone();
  });

  it("says why a key cannot be used, and asks for no passphrase", async () => {
    const child = program(locked);
    let said = "";
    child.stderr.on("data", (text: string) => (said += text));
    const [status] = (await once(child, "close")) as [number];
    assert.equal(status, 1);
    assert.match(
      said,
      /^Unable to use the SSH key \S+locked: .+\. Correct that, or set nixmox:ssh/,
    );
  });
});
