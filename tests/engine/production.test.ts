import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { after, before, describe, it } from "mocha";

const repository = join(__dirname, "..", "..");

/** The product as a user has it who will never run its tests. */
describe("without development dependencies", function () {
  this.timeout("5m");
  const project = mkdtempSync(join(tmpdir(), "nixmox-production-"));

  const run = async (command: string, args: readonly string[]) => {
    const options = { cwd: project, all: true, reject: false } as const;
    const { exitCode, all } = await execa(command, args, options);
    assert.equal(exitCode, 0, all);
    return all;
  };
  const npm = (script: string, ...args: string[]) =>
    run("npm", ["run", "--silent", script, "--", ...args]);

  before(async () => {
    const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ":!tests"];
    const { stdout } = await execa("git", args, { cwd: repository });
    for (const file of stdout.split("\0").filter((f) => f && existsSync(join(repository, f)))) {
      mkdirSync(join(project, dirname(file)), { recursive: true });
      cpSync(join(repository, file), join(project, file));
    }
    await run("npm", ["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"]);
    assert.equal(existsSync(join(project, "node_modules", "mocha")), false);
  });

  after(() => rmSync(project, { recursive: true, force: true }));

  it("manifest checks and shows", async () => {
    assert.match(await npm("manifest", "check"), /^\d+ services, no errors\.$/m);
    assert.match(await npm("manifest", "show", "miniflux"), /192\.168\.99\.15/);
  });

  it("toolchain provides Pulumi", async () => {
    assert.equal(existsSync(join(await npm("toolchain").then(lastLine), "pulumi")), true);
  });

  it("lab reports that there is none", async () => {
    assert.match(await npm("lab", "status"), /^There is no lab\./);
  });

  it("env, for any stack, makes pulumi work there, and the program previews", async () => {
    const token = "nixmox@pve!test=00000000-0000-4000-8000-000000000000";
    writeFileSync(join(project, "token"), token, { mode: 0o600 });
    const script = [
      'eval "$(npm run --silent env -- --stack other)"',
      "pulumi stack init other",
      ...Object.entries(settings).map(([key, value]) => `pulumi config set nixmox:${key} ${value}`),
      "pulumi preview --non-interactive",
    ];
    const printed = await run("bash", ["-ec", script.join("\n")]);
    assert.match(printed, /nixmox:index:Service +miniflux +create/);
    for (const command of ["status", "secret"]) {
      const args = [...(command === "secret" ? ["miniflux", "no-such"] : []), "--stack", "other"];
      const options = { cwd: project, all: true, reject: false } as const;
      const { exitCode, all } = await execa(
        "npm",
        ["run", "--silent", command, "--", ...args],
        options,
      );
      assert.equal(exitCode, 1, all);
      assert.match(all, /not deployed|the stack other has no such secret/);
    }
  });
});

const settings = {
  endpoint: "https://127.0.0.1:1/",
  apiTokenFile: "token",
  node: "pve1",
  template: "local:vztmpl/none.tar.zst",
  sshPrivateKeyFile: ".nixmox/ssh/id_ed25519",
};

const lastLine = (text: string) => text.trim().split("\n").at(-1) ?? "";
