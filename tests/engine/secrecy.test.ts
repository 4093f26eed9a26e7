import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "mocha";
import { EngineProject } from "./project";

const token = "nixmox@pve!canary=5a1c7e90-0000-4000-8000-00000000f00d";
const chosen = "chosen-canary-91c7d2e4";
const given = "given-canary-0b6e35fa";

/** A secret that only a person can give, which two services have, as a variable too. */
const shared = `
[services.miniflux.interface.secrets.relay]
generate = false
env = "RELAY_PASSWORD"
[services.monitoring.interface.secrets.relay]
from = "miniflux.relay"
`;

/** Everything with which people make Pulumi say more, for the program and for what it left behind. */
const talkative: readonly (readonly string[])[] = [
  ["preview", "--json"],
  ["preview", "--debug", "--event-log", "events.json"],
  [
    "preview",
    "--diff",
    "--show-config",
    "--show-reads",
    "--show-sames",
    "--save-plan",
    "plan.json",
  ],
  ["preview", "-v=8", "--logtostderr"],
  ["config", "--json"],
  ["stack", "--show-urns", "--show-ids"],
  ["stack", "export"],
  ["logs"],
  ["about", "--json"],
];

/** Files that some of these write. */
const written = ["plan.json", "events.json", "trace"];

describe("secrets in what Pulumi prints", function () {
  this.timeout("5m");
  let project: EngineProject;
  let canaries: Record<string, string>;

  const file = (name: string) => join(project.folder, name);
  /** Runs a command, and returns what it printed and wrote. */
  const collect = async (...args: readonly string[]) => {
    const stack = args[0] === "about" ? [] : ["--stack", "dev"];
    const { status, printed } = await project.pulumi(...args, ...stack);
    assert.equal(status, 0, printed);
    const names = readdirSync(project.folder).filter((name) => written.includes(name));
    const texts = names.map((name) => readFileSync(file(name), "latin1"));
    for (const name of names) rmSync(file(name));
    return printed + texts.join("");
  };
  const found = (text: string) =>
    Object.keys(canaries).filter((name) => text.includes(canaries[name]!));

  before(async () => {
    project = await EngineProject.create(token);
    const key = ["nixmox:secrets.miniflux.admin-password", chosen];
    await collect("config", "set", "--secret", "--path", ...key);
    project.edit("manifest/nixmox.toml", (text) => text + shared);
    await collect("config", "set", "--secret", "--path", "nixmox:secrets.miniflux.relay", given);
    const lines = readFileSync(file(".nixmox/ssh/id_ed25519"), "utf8").split("\n");
    const passphrase = readFileSync(file(".nixmox/passphrase"), "utf8");
    canaries = { token, chosen, given, passphrase, "SSH key": lines[2]! };
  });

  afterEach(() => project.restore("index.ts", "components/container.ts"));
  after(() => project.remove());

  for (const args of talkative) {
    it(`pulumi ${args.join(" ")} has none`, async () => {
      const text = await collect(...args);
      assert.ok(text.length > 20, text);
      assert.deepEqual(found(text), []);
    });
  }

  it("would be found if the SDK's debug log were not silenced", async () => {
    project.edit("index.ts", (code) => code.replace("silenceDebugLog();", ""));
    assert.notDeepEqual(found(await collect("preview", "--debug")), []);
    assert.notDeepEqual(found(await collect("preview", "--event-log", "events.json")), []);
  });

  it("would be found in an input that is not marked as secret", async () => {
    project.edit("index.ts", (code) => code.replace(/enforcePolicy\(.*\);/, ""));
    const read = 'require("node:fs").readFileSync(".nixmox/token", "utf8")';
    project.edit("components/container.ts", (code) => code.replace('"nixmox"]', `${read}]`));
    for (const args of [["--json"], ["--diff"], ["--save-plan", "plan.json"]]) {
      assert.deepEqual(found(await collect("preview", ...args)), ["token"], args[0]);
    }
  });

  // docs/operations.md warns of these. If one of them becomes safe, the warning can go.
  describe("the engine's own logs have them:", () => {
    it("-v=9 --logtostderr", async () => {
      assert.ok(found(await collect("preview", "-v=9", "--logtostderr")).includes("token"));
    });

    it("-v=9, in a file that everyone can read", async () => {
      const folder = file(".nixmox/logs");
      mkdirSync(folder);
      project.variables.TMPDIR = folder;
      await collect("preview", "-v=9");
      delete project.variables.TMPDIR;
      const logs = readdirSync(folder).filter((name) => /^pulumi\..*\.log\.INFO\./.test(name));
      const log = join(folder, logs.at(-1) ?? assert.fail("there is no log"));
      assert.ok(found(readFileSync(log, "utf8")).includes("token"));
      assert.equal(statSync(log).mode & 0o044, 0o044);
    });

    it("--tracing, the chosen ones too", async () => {
      const names = found(await collect("preview", "--tracing", `file:${file("trace")}`));
      assert.deepEqual(names.sort(), ["chosen", "given", "token"]);
    });
  });
});
