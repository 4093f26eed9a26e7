import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "mocha";
import { checkSecretNames } from "../../../program";
import { SettingsError } from "../../../settings";
import { load } from "../fixtures";

/** Two services with secrets that somebody else gives out, and one that is generated. */
const text = `
[network]
domain = "home.example"
network_cidr = "192.168.40.0/24"
gateway = "192.168.40.1"
[core_services.dns]
ip = "192.168.40.13"
[services.ddns]
ip = "192.168.40.41"
unit = "ddclient.service"
modules = ["miniflux"]
interface.secrets.cloudflare-token = { generate = false }
[services.mailer]
ip = "192.168.40.42"
modules = ["miniflux"]
[services.mailer.interface.secrets]
relay-password = { generate = false, env = "RELAY_PASSWORD" }
queue-key = {}
`;

const commands = [
  "pulumi config set --secret --path 'nixmox:secrets.ddns.cloudflare-token'",
  "pulumi config set --secret --path 'nixmox:secrets.mailer.relay-password'",
];

describe("a secret that only somebody else can give", () => {
  const folder = mkdtempSync(join(tmpdir(), "nixmox-given-"));
  after(() => rmSync(folder, { recursive: true }));

  const { manifest } = load(text);
  const check = (secretNames: readonly string[], unfit: readonly [string, string][] = []) =>
    checkSecretNames({ allowReplace: [], secretNames, unfitSecrets: new Map(unfit) }, manifest);
  const given = ["ddns.cloudflare-token", "mailer.relay-password"];

  it("ends a run that does not have it, with the command that sets each", () => {
    assert.throws(
      () => check([]),
      (error: Error) => {
        assert.ok(error instanceof SettingsError);
        const lines = error.message.split("\n").slice(1);
        assert.equal(lines.length, 2, error.message);
        lines.forEach((line, i) => assert.ok(line.includes(`\`${commands[i]}\``), line));
        return true;
      },
    );
    assert.throws(
      () => check(given.slice(1)),
      (error: Error) => !error.message.includes("relay") && error.message.includes("cloudflare"),
    );
  });

  it("lets a run go on that has it, and generates nothing in its place", () => {
    check(given);
    const { secrets } = manifest.services.find(({ name }) => name === "ddns")!.interface;
    assert.equal(secrets["cloudflare-token"]!.generate, false);
  });

  it("is named by `manifest check`", () => {
    const file = join(folder, "manifest.toml");
    writeFileSync(file, text);
    const args = ["--import", "tsx", "manifest/cli.ts", "check", file];
    const { stdout, stderr } = spawnSync("node", args, { encoding: "utf8" });
    assert.equal(stderr, "");
    const [, title, ...lines] = stdout.trimEnd().split("\n");
    assert.equal(title, "Secrets that only a person can give, for each stack:");
    assert.deepEqual(
      lines.map((line) => line.trim()),
      commands,
    );
  });

  it("is refused where its file could not say it", () => {
    assert.throws(
      () => check(given, [["mailer.relay-password", "it has a control character"]]),
      /mailer\.relay-password cannot be the variable RELAY_PASSWORD .*: it has a control character\. Run/,
    );
    // Nothing else has to be a variable.
    check(given, [["ddns.cloudflare-token", "it has a control character"]]);
  });
});
