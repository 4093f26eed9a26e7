import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { EngineProject } from "./project";

const manifest = `
[services.miniflux.interface.secrets.relay]
generate = false
env = "RELAY_PASSWORD"
[services.monitoring.interface.secrets]
pin = { generate = false }
key = { format = "base64" }
relay = { from = "miniflux.relay" }
`;

/** The program on the real engine, with a manifest whose secrets only a person can give. */
describe("secrets that only a person can give, on the engine", function () {
  this.timeout("3m");
  let project: EngineProject;
  let commands: string[];

  const preview = () => project.pulumi("preview", "--stack", "dev");
  /** Runs a command as it was printed, in a shell that keeps a history, with a value on stdin. */
  const give = (command: string, value: string) => {
    const { status, stderr } = spawnSync("bash", ["-c", command], {
      cwd: project.folder,
      env: project.variables,
      input: value,
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
  };
  const given = async (name: string) => {
    const args = ["config", "get", "--path", `nixmox:secrets.${name}`, "--stack", "dev"];
    return (await project.pulumi(...args)).printed;
  };

  before(async () => {
    project = await EngineProject.create("nixmox@pve!test=00000000-0000-4000-8000-000000000000");
    appendFileSync(join(project.folder, "manifest/nixmox.toml"), manifest);
  });
  after(() => project.remove());

  it("end a preview that lacks them, all at once, before anything is planned", async () => {
    const { status, printed } = await preview();
    assert.notEqual(status, 0);
    commands = [...printed.matchAll(/`(pulumi config set [^`]*)`/g)].map(([, command]) => command!);
    assert.deepEqual(commands, [
      "pulumi config set --secret --path 'nixmox:secrets.miniflux.relay'",
      "pulumi config set --secret --path 'nixmox:secrets.monitoring.pin'",
    ]);
    assert.doesNotMatch(printed, /ContainerLegacy|at readManifest/);
  });

  it("are set by the commands as printed, which take the value from stdin, as it is", async () => {
    // What YAML or Pulumi could take for a number, and what a shell would change.
    const [relay, pin] = ["it's \"a\" $HOME `#` \\n = 'b' ", "0012345678901234567890"];
    give(commands[0]!, `${relay}\n`);
    give(commands[1]!, pin);
    assert.equal(await given("miniflux.relay"), `${relay}\n`);
    assert.equal(await given("monitoring.pin"), `${pin}\n`);
    const file = readFileSync(join(project.folder, "Pulumi.dev.yaml"), "utf8");
    assert.match(file, /relay:\s+secure: v1:/);
    for (const value of [relay, pin]) assert.ok(!file.includes(value));
  });

  it("let a preview go on, which shows no value and generates none in their place", async () => {
    const { status, printed } = await preview();
    assert.equal(status, 0, printed);
    for (const name of [
      "miniflux-secret-relay",
      "monitoring-secret-relay",
      "monitoring-secret-pin",
    ])
      assert.match(printed, new RegExp(`command:remote:Command ${name} create`));
    assert.match(printed, /RandomPassword monitoring-secret-key-value create/);
    assert.doesNotMatch(printed, /-secret-(relay|pin)-value|it's "a"|00123456/);
  });

  it("are refused where they are empty, or no variable can hold them", async () => {
    give(commands[1]!, "\n");
    assert.match(
      (await preview()).printed,
      /nixmox:secrets\.monitoring\.pin is empty\. Run `pulumi/,
    );
    give(commands[1]!, "12345678");
    give(commands[0]!, "no character: \uffff");
    assert.match(
      (await preview()).printed,
      /nixmox:secrets\.miniflux\.relay cannot be the variable RELAY_PASSWORD/,
    );
  });
});
