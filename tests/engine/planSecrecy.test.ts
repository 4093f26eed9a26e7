import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { finish } from "../lab/homelab/homelab";
import { ProcessWatch } from "../lab/homelab/processWatch";
import { grep } from "../lab/homelab/secrecy";
import { EngineProject } from "./project";

const token = "nixmox@pve!canary=5a1c7e90-0000-4000-8000-00000000f00d";
const chosen = "chosen-canary-91c7d2e4";
const given = "given-canary-0b6e35fa";
const reader = "reader-canary-4d81a6b3";

/** A secret that only a person can give, and which two services have. */
const manifest = `
[services.miniflux.interface.secrets.relay]
generate = false
env = "RELAY_PASSWORD"
[services.monitoring.interface.secrets.relay]
from = "miniflux.relay"
`;

describe("secrets in what a plan and a CI's run print", function () {
  this.timeout("5m");
  let project: EngineProject;
  let canaries: Record<string, string>;
  const watch = new ProcessWatch();

  const file = (name: string) => join(project.folder, name);
  const found = (text: string) =>
    Object.keys(canaries).filter((name) => text.includes(canaries[name]!));
  /** Runs one of the project's commands as npm does, which must find that there is something to do. */
  const run = async (command: string, ...args: readonly string[]) => {
    const words = ["--import", "tsx", `cli/${command}.ts`, ...args, "--stack", "dev"];
    const env = { ...project.variables, TMPDIR: file("temporary") };
    const { status, stdout, stderr } = await finish(process.execPath, words, {
      cwd: project.folder,
      env,
    });
    assert.equal(status, 2, stdout + stderr);
    assert.match(stdout, /miniflux/);
    return stdout + stderr;
  };

  before(async () => {
    project = await EngineProject.create(token);
    project.edit("manifest/nixmox.toml", (text) => {
      const shared = text.replace("db = {}", 'db = { readers = ["monitoring"] }');
      assert.notEqual(shared, text);
      return shared + manifest;
    });
    for (const [name, value] of Object.entries({
      "miniflux.admin-password": chosen,
      "miniflux.relay": given,
      "monitoring.database-miniflux": reader,
    })) {
      const set = ["config", "set", "--stack", "dev", "--secret", "--path"];
      const { status, printed } = await project.pulumi(...set, `nixmox:secrets.${name}`, value);
      assert.equal(status, 0, printed);
    }
    const lines = readFileSync(file(".nixmox/ssh/id_ed25519"), "utf8").split("\n");
    const passphrase = readFileSync(file(".nixmox/passphrase"), "utf8");
    canaries = { token, chosen, given, reader, passphrase, "SSH key": lines[2]! };
    mkdirSync(file("temporary"));
  });
  after(() => {
    watch.stop();
    project.remove();
  });

  it("npm run plan has none, as a table and as JSON", async () => {
    assert.deepEqual(found(await run("plan")), []);
    assert.deepEqual(found(await run("plan", "--json")), []);
  });

  it("npm run ci has none, in its output, its comment, its lock, or what it leaves", async () => {
    for (const [name, from] of [
      ["passphrase", ".nixmox/passphrase"],
      ["token", ".nixmox/token"],
      ["key", ".nixmox/ssh/id_ed25519"],
    ] as const) {
      writeFileSync(file(`given-${name}`), readFileSync(file(from)), { mode: 0o600 });
    }
    watch.start();
    const printed = await run(
      ...(["ci", "preview", "--comment", "comment.md"] as const),
      ...["--passphrase-file", "given-passphrase", "--token-file", "given-token"],
      ...["--ssh-key-file", "given-key"],
    );
    watch.stop();
    assert.deepEqual(found(printed), []);
    const comment = readFileSync(file("comment.md"), "utf8");
    assert.match(comment, /miniflux/);
    assert.deepEqual(found(comment), []);
    for (const name of ["passphrase", "token", "key"]) rmSync(file(`given-${name}`));
    assert.deepEqual(
      readdirSync(file("temporary")).filter((name) => name.startsWith("nixmox-")),
      [],
    );
    for (const [name, value] of Object.entries(canaries)) {
      const own = /\/\.nixmox\/(token|passphrase|ssh\/id_ed25519)$/;
      const files = grep(value, project.folder).filter((each) => !own.test(each));
      assert.deepEqual(files, [], name);
    }
  });

  it("npm run ci shows none of what it gets by file to other processes", () => {
    const own = watch.find("given-token").length;
    assert.ok(own > 0, "the run was not seen");
    for (const name of ["token", "passphrase", "SSH key"]) {
      assert.equal(watch.find(canaries[name]!).length, 0, name);
    }
  });
});
