import assert from "node:assert/strict";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, describe, it } from "mocha";
import { type Finished, finish, type Homelab } from "./homelab";
import { grep, secretPart } from "./secrecy";

/** A folder as a CI gives secrets: readable for everyone, with no public half of the key. */
const given = ["passphrase", "api-token", "ssh-key"] as const;

/**
 * `npm run ci` in a fresh clone, with the state, the passphrase, the token and the key of a homelab that
 * another checkout deployed.
 */
export function describeCi(lab: () => Homelab): void {
  describe("npm run ci, in a fresh clone", () => {
    const folder = mkdtempSync(join(tmpdir(), "nixmox-clone-"));
    const clone = join(folder, "clone");
    const state = () => join(lab().project, ".nixmox", "state");
    const secret = (name: (typeof given)[number]) => join(folder, "secrets", name);
    const leftovers = () => readdirSync(tmpdir()).filter((name) => name.startsWith("nixmox-ci-"));
    let printed = "";

    const ci = async (...args: string[]): Promise<Finished> => {
      const options = [
        ...["--stack", "dev", "--backend", `file://${state()}`],
        ...["--passphrase-file", secret("passphrase"), "--token-file", secret("api-token")],
        ...["--ssh-key-file", secret("ssh-key")],
      ];
      const all = ["run", "--silent", "ci", "--", ...args, ...options];
      const finished = await finish("npm", all, { cwd: clone, env: environment() });
      printed += finished.stdout + finished.stderr;
      return finished;
    };

    before(async () => {
      await lab().deploy({});
      const { stderr, status } = await finish("git", ["init", "--quiet"], { cwd: lab().project });
      assert.equal(status, 0, stderr);
      await commit(lab().project);
      const cloned = await finish("git", ["clone", "--quiet", lab().project, clone]);
      assert.equal(cloned.status, 0, cloned.stderr);
      mkdirSync(join(folder, "secrets"));
      const workspace = join(lab().project, ".nixmox");
      cpSync(join(workspace, "passphrase"), secret("passphrase"));
      cpSync(join(workspace, "lab", "api-token"), secret("api-token"));
      cpSync(join(workspace, "ssh", "id_ed25519"), secret("ssh-key"));
      for (const name of given) chmodSync(secret(name), 0o644);
      // As a stack of one's own has them, which names files that are no secrets.
      const dev = join(clone, "Pulumi.dev.yaml");
      const text = readFileSync(dev, "utf8").replaceAll(" .nixmox/lab/", ` ${workspace}/lab/`);
      writeFileSync(dev, text);
    });

    after(() => {
      rmSync(folder, { recursive: true, force: true });
      rmSync(join(lab().project, ".git"), { recursive: true, force: true });
    });

    it("installs what it needs and finds nothing to do", async () => {
      assert.equal(existsSync(join(clone, "node_modules")), false);
      const { status, stdout, stderr } = await ci("preview");
      assert.equal(status, 0, stdout + stderr);
      assert.match(stdout, /^dns +nothing/m);
      assert.match(stdout, /Nothing changes\./);
    });

    it("says what a change means, as a comment, too", async () => {
      const file = join(clone, "manifest", "nixmox.toml");
      const text = readFileSync(file, "utf8");
      writeFileSync(file, text.replace("{ cores = 2 }", "{ cores = 2, memory = 2304 }"));
      const { status, stdout, stderr } = await ci("preview", "--comment", join(folder, "plan.md"));
      assert.equal(status, 2, stdout + stderr);
      assert.match(stdout, /^postgresql +restart +.*resources\.memory \(2048 → 2304\)/m);
      assert.match(readFileSync(join(folder, "plan.md"), "utf8"), /^\| postgresql \| restart \|/m);
    });

    it("deploys it, while a second run is told who is at it", async () => {
      const first = ci("up");
      const lock = join(state(), "nixmox-locks", "dev.json");
      for (let i = 0; i < 600 && !existsSync(lock); i++) await sleep(100);
      const second = await ci("preview");
      assert.equal(second.status, 1, second.stdout);
      assert.match(
        second.stderr,
        /runs `npm run ci -- up --stack dev` since .*Wait until it has ended/,
      );
      const { status, stdout, stderr } = await first;
      assert.equal(status, 0, stdout + stderr);
      assert.match(stdout, /postgresql-container/);
      const again = await ci("up");
      assert.equal(again.status, 0, again.stderr);
      assert.match(again.stdout, /Nothing changes\./);
    });

    it("leaves nothing behind, and prints no secret", () => {
      assert.deepEqual(leftovers(), []);
      assert.deepEqual(readdirSync(join(state(), "nixmox-locks")), []);
      for (const name of given) {
        const part = secretPart(readFileSync(secret(name), "utf8"));
        assert.ok(!printed.includes(part), name);
        assert.deepEqual(grep(part, clone), [], name);
      }
    });
  });
}

/** What a CI has: no variable of this checkout. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(PULUMI|NIXMOX)_/.test(name)),
  );
}

async function commit(project: string): Promise<void> {
  const as = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
  for (const args of [
    ["add", "--all"],
    [...as, "commit", "--quiet", "--message", "the homelab"],
  ]) {
    const { status, stderr } = await finish("git", args, { cwd: project });
    assert.equal(status, 0, stderr);
  }
}
