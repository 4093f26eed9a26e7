import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { provideToolchain } from "../../toolchain/provide";

const project = join(__dirname, "..", "..");

const program = `
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

const config = new pulumi.Config();
const password = new random.RandomPassword("password", { length: 20 });
const log = config.require("log");
const shown = new command.local.Command("shown", {
  create: \`echo create \${config.require("greeting")} | tee -a \${log}\`,
  update: \`echo update \${config.require("greeting")} | tee -a \${log}\`,
  delete: \`echo delete >> \${log}\`,
  triggers: [config.require("trigger")],
});
new command.local.Command("hidden", {
  create: "cat; cat >&2 /dev/null",
  stdin: pulumi.interpolate\`\${config.requireSecret("secret")} \${password.result}\`,
  logging: "none",
}, { additionalSecretOutputs: ["stdout"] });
export const greeting = shown.stdout;
export const generated = password.result;
`;

describe("the real engine", function () {
  this.timeout(15 * 60_000);
  const folder = mkdtempSync(join(tmpdir(), "nixmox-engine-"));
  const log = join(folder, "log");
  const secret = "a-secret-of-the-configuration";
  let bin: string;

  function pulumi(...args: string[]): string {
    const { status, stdout, stderr } = spawnSync("pulumi", [...args, "--non-interactive"], {
      cwd: folder,
      encoding: "utf8",
      env: {
        ...process.env,
        PATH: `${bin}:${process.env.PATH}`,
        PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
        PULUMI_CONFIG_PASSPHRASE: "engine-test",
        PULUMI_SKIP_UPDATE_CHECK: "true",
      },
    });
    assert.equal(status, 0, stdout + stderr);
    return stdout + stderr;
  }

  const up = () => pulumi("up", "--yes", "--skip-preview", "--stack", "dev");
  const set = (name: string, value: string) => pulumi("config", "set", name, value, "-s", "dev");
  const logged = () => readFileSync(log, "utf8").trim().split("\n");

  before(async () => {
    ({ bin } = await provideToolchain({ quiet: true }));
    mkdirSync(join(folder, "state"));
    writeFileSync(join(folder, "Pulumi.yaml"), "name: engine\nruntime: nodejs\n");
    writeFileSync(join(folder, "package.json"), '{ "main": "index.ts" }');
    writeFileSync(join(folder, "index.ts"), program);
    copyFileSync(join(project, "tsconfig.json"), join(folder, "tsconfig.json"));
    symlinkSync(join(project, "node_modules"), join(folder, "node_modules"));
    pulumi("stack", "init", "dev");
    set("log", log);
    set("greeting", "hello");
    set("trigger", "one");
    pulumi("config", "set", "--secret", "secret", secret, "-s", "dev");
  });

  after(() => rmSync(folder, { recursive: true }));

  it("runs a TypeScript program with every plugin, without a warning", () => {
    const output = up();
    assert.doesNotMatch(output, /warning/i);
    assert.equal(pulumi("stack", "output", "greeting", "-s", "dev").trim(), "create hello");
  });

  it("shows no secret and keeps none in plain text", () => {
    const generated = pulumi("stack", "output", "generated", "--show-secrets", "-s", "dev").trim();
    assert.equal(generated.length, 20);
    const state = readFileSync(join(folder, "state", ".pulumi", "stacks", "engine", "dev.json"));
    const shown = pulumi("stack", "output", "-s", "dev");
    for (const hidden of [secret, generated]) {
      assert.ok(!state.includes(hidden));
      assert.ok(!shown.includes(hidden));
    }
  });

  it("finds nothing to do the second time", () => {
    pulumi("preview", "--expect-no-changes", "--stack", "dev");
  });

  it("updates in place for a new input and replaces for a new trigger", () => {
    set("greeting", "bye");
    up();
    assert.deepEqual(logged(), ["create hello", "update bye"]);
    set("trigger", "two");
    up();
    assert.deepEqual(logged().slice(2), ["create bye", "delete"]);
  });

  it("runs the delete command on destroy", () => {
    pulumi("destroy", "--yes", "--skip-preview", "--stack", "dev");
    assert.deepEqual(logged().slice(4), ["delete"]);
  });
});
