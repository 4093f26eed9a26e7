import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, describe, it } from "mocha";
import { comment } from "../../../cli/ci/comment";
import { takeLock } from "../../../cli/ci/lock";
import { PrivateFolder } from "../../../cli/ci/secretFiles";

const repository = resolve(__dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "nixmox-test-"));
after(() => rmSync(folder, { recursive: true, force: true }));

describe("the lock of a run", () => {
  const file = join(folder, "locks", "dev.json");
  const what = "npm run ci -- up --stack dev";

  it("tells a second run who holds it, since when, and how to go on", () => {
    const release = takeLock(file, what, join(folder, "none"));
    assert.throws(
      () => takeLock(file, what, folder),
      (error: Error) =>
        error.message.includes(`runs \`${what}\` since 20`) &&
        error.message.includes(`process ${process.pid}`) &&
        error.message.includes(`kill ${process.pid}`),
    );
    release();
    assert.equal(existsSync(file), false);
  });

  it("of a process that is gone is taken over, with what that one left", () => {
    const left = mkdtempSync(join(tmpdir(), "nixmox-ci-"));
    writeFileSync(join(left, "api-token"), "x");
    const { pid } = spawnSync("true");
    takeLock(file, what, left);
    const holder = JSON.parse(readFileSync(file, "utf8")) as object;
    writeFileSync(file, JSON.stringify({ ...holder, pid }));
    const release = takeLock(file, what, join(folder, "none"));
    assert.equal(existsSync(left), false);
    assert.deepEqual(readdirSync(join(folder, "locks")), ["dev.json"]);
    release();
  });

  it("of another machine stays, since nobody knows what runs there", () => {
    takeLock(file, what, join(folder, "none"));
    const holder = JSON.parse(readFileSync(file, "utf8")) as object;
    writeFileSync(file, JSON.stringify({ ...holder, host: "elsewhere", pid: 1 }));
    assert.throws(
      () => takeLock(file, what, folder),
      /on elsewhere\)\. Wait .* remove .*dev\.json/,
    );
    rmSync(file);
  });

  it("that cannot be read is not taken over", () => {
    writeFileSync(file, "{");
    assert.throws(() => takeLock(file, what, folder), /dev\.json says that another run is at work/);
    rmSync(file);
  });
});

describe("the secrets of a run", () => {
  it("are copies that nobody else can read, until they are removed", () => {
    const [token, key] = [join(folder, "token"), join(folder, "key")];
    writeFileSync(token, "a-token");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "nixmox", "-f", key]);
    const publicKey = readFileSync(`${key}.pub`, "utf8");
    rmSync(`${key}.pub`);
    for (const file of [token, key]) chmodSync(file, 0o644);
    const own = new PrivateFolder();
    // OpenSSH takes no key that others may read, which is why this is a copy.
    chmodSync(key, 0o600);
    const variables = own.adopt({ token, sshKey: key });
    assert.equal(statSync(own.path).mode & 0o777, 0o700);
    for (const name of readdirSync(own.path)) {
      assert.equal(statSync(join(own.path, name)).mode & 0o777, 0o600, name);
    }
    assert.equal(readFileSync(variables.NIXMOX_API_TOKEN_FILE!, "utf8"), "a-token");
    assert.equal(readFileSync(`${variables.NIXMOX_SSH_KEY_FILE!}.pub`, "utf8"), publicKey);
    own.remove();
    assert.equal(existsSync(own.path), false);
  });

  it("are named, and not shown, where they are of no use", () => {
    const wrong = join(folder, "wrong");
    writeFileSync(wrong, "canary-1d2e3f");
    const own = new PrivateFolder();
    const refused = (files: Parameters<PrivateFolder["adopt"]>[0], message: RegExp) =>
      assert.throws(
        () => own.adopt(files),
        (error: Error) => message.test(error.message) && !error.message.includes("canary"),
      );
    refused({ sshKey: wrong }, /Unable to use --ssh-key-file: .*wrong is no private key/);
    refused({ token: join(folder, "nowhere") }, /--token-file: .*nowhere can't be read \(ENOENT\)/);
    writeFileSync(wrong, "\n");
    refused({ passphrase: wrong }, /--passphrase-file: .*wrong is empty/);
    own.remove();
  });

  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    it(`are gone after ${signal}`, async function () {
      this.timeout("60s");
      const [temporary, state] = [join(folder, signal), join(folder, `${signal}-state`)];
      mkdirSync(temporary);
      const token = join(folder, "token");
      const words = ["preview", "--stack", "none", "--backend", `file://${state}`];
      words.push("--passphrase-file", token, "--token-file", token);
      const child = spawn(
        process.execPath,
        ["--import", "tsx", join(repository, "cli/ci.ts"), ...words],
        { cwd: repository, env: { ...process.env, TMPDIR: temporary }, stdio: "ignore" },
      );
      const secrets = () => readdirSync(temporary).filter((name) => name.startsWith("nixmox-ci-"));
      while (secrets().length === 0) await new Promise((done) => setTimeout(done, 20));
      await new Promise((done) => setTimeout(done, 200));
      child.kill(signal);
      await once(child, "exit");
      assert.deepEqual(secrets(), []);
      assert.deepEqual(readdirSync(join(state, "nixmox-locks")), []);
    });
  }
});

describe("the comment on a pull request", () => {
  it("is one, which is changed by the next run; a person's copy of it stays", async () => {
    const comments = [
      { id: 1, body: "<!-- nixmox plan -->\nmine", user: { type: "User" } },
      { id: 2, body: "something else", user: { type: "Bot" } },
    ];
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (data: Buffer) => (body += data.toString()));
      request.on("end", () => {
        const given = body === "" ? undefined : (JSON.parse(body) as { body: string });
        if (request.headers.authorization !== "Bearer t") response.statusCode = 403;
        if (request.method === "POST")
          comments.push({ id: comments.length + 1, user: { type: "Bot" }, ...given! });
        const id = Number(request.url!.split("/").at(-1));
        if (request.method === "PATCH") Object.assign(comments[id - 1]!, given);
        response.end(JSON.stringify(request.method === "GET" ? comments : {}));
      });
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const environment = {
      GITHUB_API_URL: `http://127.0.0.1:${port}`,
      GITHUB_REPOSITORY: "a/b",
      GITHUB_TOKEN: "t",
      PULL_REQUEST: "7",
    };
    await comment("first", environment);
    await comment("second", environment);
    const refused = comment("third", { ...environment, GITHUB_TOKEN: "other" });
    await assert.rejects(refused, /GitHub answers 403.*pull-requests: write/);
    server.close();
    assert.deepEqual(
      comments.map(({ body }) => body.split("\n").at(-1)),
      ["mine", "something else", "second"],
    );
  });
});

describe("with-secrets.sh", () => {
  const run = (variables: NodeJS.ProcessEnv) => {
    const bin = join(folder, "bin");
    mkdirSync(bin, { recursive: true });
    // In place of npm: shows what it is given, and the files' rights and contents.
    const script = [
      "#!/bin/bash",
      'echo "$@"; env; while (($#)); do [[ $1 != --*-file ]] || { stat -c %a "$2"; cat "$2"; echo; }; shift; done',
      "exit 2",
    ];
    writeFileSync(join(bin, "npm"), script.join("\n"), { mode: 0o755 });
    const temporary = join(folder, "with-secrets");
    mkdirSync(temporary, { recursive: true });
    const env = { PATH: `${bin}:${process.env.PATH}`, TMPDIR: temporary, ...variables };
    const args = [join(repository, ".ci/with-secrets.sh"), "preview", "--comment", "x"];
    const { status, stdout, stderr } = spawnSync("bash", args, { env, encoding: "utf8" });
    return { status, stdout, stderr, left: readdirSync(temporary) };
  };

  it("gives secrets by file alone, passes the exit code on, and leaves nothing", () => {
    const secrets = { PASSPHRASE: "canary-p", TOKEN: "canary-t", SSH_KEY: "canary-k" };
    const { status, stdout, left } = run({ ...secrets, STACK: "prod", BACKEND: "s3://state" });
    assert.equal(status, 2);
    const [words, ...rest] = stdout.split("\n");
    assert.match(
      words!,
      /^run --silent ci -- preview --stack prod .*--backend s3:\/\/state --comment x$/,
    );
    assert.doesNotMatch(words!, /canary/);
    assert.deepEqual(
      rest.filter((line) => /^\w+=.*canary/.test(line)),
      [],
    );
    assert.equal(stdout.match(/^600$/gm)?.length, 3);
    assert.equal(stdout.match(/canary-[ptk]/g)?.length, 3);
    assert.deepEqual(left, []);
  });

  it("names a secret that is missing", () => {
    const { status, stderr } = run({ PASSPHRASE: "x", SSH_KEY: "y", STACK: "prod" });
    assert.equal(status, 1);
    assert.match(stderr, /the secret TOKEN is missing/);
  });
});
