import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { appendFileSync, chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { defaults } from "../unit/program";
import { EngineProject } from "./project";

/** The program on the real engine, with no host and no Proxmox VE anywhere. */
describe("program on the engine", function () {
  this.timeout("3m");
  let engine: EngineProject;
  let project: string;

  const pulumi = (...args: string[]) =>
    spawnSync("pulumi", [...args, "--non-interactive"], {
      cwd: project,
      env: engine.variables,
      encoding: "utf8",
    });
  const preview = (...args: string[]) => pulumi("preview", "--stack", "dev", ...args);
  const restore = (...files: string[]) => engine.restore(...files);

  before(async () => {
    engine = await EngineProject.create("nixmox@pve!test=00000000-0000-4000-8000-000000000000");
    project = engine.folder;
  });

  after(() => engine.remove());

  it("can be previewed with no host reachable, and shows a tree of names that make sense", () => {
    const { status, stdout, stderr } = preview();
    assert.equal(status, 0, stdout + stderr);
    for (const line of [
      /nixmox:index:Service miniflux create/,
      /proxmoxve:index:ContainerLegacy miniflux-container create/,
      /random:index:RandomPassword miniflux-database-password create/,
      /command:remote:Command miniflux-system-switch create/,
    ]) {
      assert.match(stdout, line);
    }
  });

  it("ends with the manifest's own errors, and plans nothing", () => {
    appendFileSync(join(project, "manifest/nixmox.toml"), "\n[services.x]\nip = '10.0.0.1'\n");
    const { status, stdout, stderr } = preview();
    restore("manifest/nixmox.toml");
    assert.notEqual(status, 0);
    assert.match(stdout + stderr, /nixmox\.toml:\d+:1: services\.x\.ip: 10\.0\.0\.1 is outside/);
    assert.doesNotMatch(stdout + stderr, /ContainerLegacy|at loadManifest/);
  });

  it("refuses a misspelt setting", () => {
    assert.equal(pulumi("config", "set", "--stack", "dev", "nixmox:insecur", "true").status, 0);
    const { status, stdout, stderr } = preview();
    assert.equal(pulumi("config", "rm", "--stack", "dev", "nixmox:insecur").status, 0);
    assert.notEqual(status, 0);
    assert.match(stdout + stderr, /nixmox:insecur is unknown\. Did you mean "insecure"\?/);
  });

  it("names the service that has neither a NixOS module nor a host file", () => {
    appendFileSync(join(project, "manifest/nixmox.toml"), "\n[services.x]\nip = '192.168.99.77'\n");
    const { status, stdout, stderr } = preview();
    restore("manifest/nixmox.toml");
    assert.notEqual(status, 0);
    assert.match(
      stdout + stderr,
      /Unable to configure service x: there is neither nixos\/modules\/x nor nixos\/hosts\/x\.nix/,
    );
    assert.doesNotMatch(stdout + stderr, /ContainerLegacy/);
  });

  it("names every setting that is missing, before the program runs", () => {
    writeFileSync(join(project, "Pulumi.bare.yaml"), "config: {}\n");
    const made = pulumi("stack", "init", "bare");
    assert.equal(made.status, 0, made.stderr);
    const { status, stdout, stderr } = pulumi("preview", "--stack", "bare");
    assert.notEqual(status, 0);
    assert.match(stdout + stderr, /missing configuration values/);
    for (const key of ["endpoint", "node", "sshPrivateKeyFile"]) {
      assert.ok((stdout + stderr).includes(`'nixmox:${key}'`), key);
    }
  });

  it("refuses a setting of the wrong type, before the program runs", () => {
    assert.equal(pulumi("config", "set", "--stack", "dev", "nixmox:protect", "no").status, 0);
    const { status, stdout, stderr } = preview();
    restore("Pulumi.dev.yaml");
    engine.set("apiTokenFile", ".nixmox/token");
    assert.notEqual(status, 0);
    assert.match(stdout + stderr, /'nixmox:protect' must be of type 'boolean'/);
  });

  it("gives the program the defaults that its tests assume", () => {
    const shown = pulumi("config", "--json", "--stack", "dev");
    assert.equal(shown.status, 0, shown.stderr);
    const config = JSON.parse(shown.stdout) as Record<string, { value: string }>;
    const own = ["apiTokenFile", "caFile", "templateType", "networkFile", "protect", "manifest"];
    for (const [key, value] of Object.entries(defaults)) {
      if (!own.includes(key)) assert.equal(config[`nixmox:${key}`]?.value, value, key);
    }
  });

  it("reports names in the configuration that the manifest does not have", () => {
    const set = (key: string, value: string, ...flags: string[]) =>
      pulumi("config", "set", "--stack", "dev", "--path", ...flags, key, value);
    assert.equal(set("nixmox:allowReplace[0]", "nobody").status, 0);
    assert.equal(set("nixmox:secrets.miniflux.admin-pasword", "canary-81f2", "--secret").status, 0);
    const { status, stdout, stderr } = preview();
    pulumi("config", "rm", "--stack", "dev", "nixmox:allowReplace");
    pulumi("config", "rm", "--stack", "dev", "nixmox:secrets");
    assert.notEqual(status, 0);
    assert.match(
      stdout + stderr,
      /nixmox:allowReplace names nobody, which is not an enabled service/,
    );
    assert.match(stdout + stderr, /nixmox:secrets\.miniflux\.admin-pasword is not a secret of the/);
    assert.doesNotMatch(stdout + stderr, /canary-81f2/);
  });

  it("refuses secrets in plain text, even beside encrypted ones, and a token that others may read", () => {
    const set = (name: string, ...flags: string[]) =>
      pulumi(
        "config",
        "set",
        "--stack",
        "dev",
        "--path",
        ...flags,
        `nixmox:secrets.miniflux.${name}`,
        "canary-81f2",
      );
    assert.equal(set("admin-password", "--secret").status, 0);
    const encrypted = preview();
    assert.equal(encrypted.status, 0, encrypted.stdout + encrypted.stderr);
    assert.equal(set("database-miniflux", "--plaintext").status, 0);
    chmodSync(join(project, ".nixmox", "token"), 0o644);
    const { status, stdout, stderr } = preview();
    chmodSync(join(project, ".nixmox", "token"), 0o600);
    pulumi("config", "rm", "--stack", "dev", "nixmox:secrets");
    const printed = stdout + stderr;
    assert.notEqual(status, 0);
    assert.match(printed, /nixmox:secrets\.miniflux\.database-miniflux is in plain text\. Run/);
    assert.match(printed, /nixmox:apiTokenFile names \.nixmox\/token, which others may read/);
    assert.doesNotMatch(printed, /canary-81f2|admin-password is in plain/);
  });

  it("plans nothing where nobody could sign in, rather than leave a service open", () => {
    engine.edit("manifest/nixmox.toml", (text) =>
      text.replace("[core_services.authentik]", "$&\nenable = false"),
    );
    const { status, stdout, stderr } = preview();
    restore("manifest/nixmox.toml");
    assert.notEqual(status, 0);
    const said = stdout + stderr;
    assert.match(
      said,
      /services\.miniflux\.interface\.auth: single sign-on needs a service with the/,
    );
    assert.match(said, /Set enable = true in core_services\.authentik\./);
    assert.doesNotMatch(said, /ContainerLegacy/);
  });
});
