import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { after, afterEach, describe, it } from "mocha";
import { checkHostKeyNames, checkSecretNames, warnOfInsecure } from "../../program";
import { readSettings, SettingsError } from "../../settings";
import { base, load } from "./fixtures";
import { configuration } from "./program";
import { createKey } from "./sshKey";
import { warningsOf } from "./warnings";

const folder = mkdtempSync(join(tmpdir(), "nixmox-settings-"));
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text, { mode: 0o600 });
  return join(folder, name);
};
const key = createKey(join(folder, "key"));
const publicKey = readFileSync(`${key}.pub`, "utf8").trim();

const uuid = "00000000-0000-4000-8000-000000000000";
const good = {
  endpoint: "https://pve.example.lan:8006/",
  apiToken: `root@pam!nixmox=${uuid}`,
  node: "pve1",
  template: "local:vztmpl/x.tar.zst",
  sshPrivateKeyFile: key,
};

const read = (change: Record<string, string> = {}, without: readonly string[] = []) => {
  const all = configuration({ ...good, ...change });
  for (const name of without) delete all[`nixmox:${name}`];
  return readSettings(all, encrypted);
};
const encrypted = { isSecret: () => true, file: join(folder, "none.yaml") };

/** The lines of the error with which a configuration is refused. */
const faults = (...args: Parameters<typeof read>): string[] => {
  try {
    read(...args);
  } catch (error) {
    assert.ok(error instanceof SettingsError, String(error));
    return error.message
      .split("\n")
      .slice(1)
      .map((line) => line.trim().replaceAll(`${folder}/`, ""));
  }
  throw new Error("the configuration was accepted");
};

const set = (name: string) => `Run \`pulumi config set nixmox:${name} VALUE\`.`;
const keyAdvice = "Create a key with `ssh-keygen -t ed25519 -N '' -f FILE`.";
const wrongForm = (command: string) =>
  `has the wrong form. Set it with \`pulumi config set ${command}\`.`;

describe("settings", () => {
  after(() => rmSync(folder, { recursive: true }));

  it("are read with their types", () => {
    const settings = read({
      insecure: "true",
      protect: "false",
      vmidBase: "9000",
      allowReplace: '["notes"]',
      secrets: '{"notes":{"key":"chosen"}}',
    });
    assert.equal(settings.proxmox.insecure, true);
    assert.equal(settings.protect, false);
    assert.equal(settings.vmidBase, 9000);
    assert.deepEqual(settings.allowReplace, ["notes"]);
    assert.deepEqual(settings.secretNames, ["notes.key"]);
    assert.deepEqual(settings.networkCidrs, {});
    assert.equal(settings.ssh.publicKey, publicKey);
    assert.equal(settings.hostKeys.size, 0);
  });

  it("that accept any certificate say what that gives away", async () => {
    assert.deepEqual(await warningsOf(() => warnOfInsecure(read())), []);
    const said = await warningsOf(() => warnOfInsecure(read({ insecure: "true" })));
    assert.match(
      said.join("\n"),
      /^nixmox:insecure accepts any certificate: .* reads the API token/,
    );
  });

  it("have the endpoint's certificate, if the provider has it too", () => {
    const pem = "-----BEGIN CERTIFICATE-----\nTUlJ\n-----END CERTIFICATE-----\n";
    const caFile = file("ca.pem", pem);
    const told = (value: string | undefined, change: Record<string, string>) => {
      if (value === undefined) delete process.env.NIXMOX_CA_FILE;
      else process.env.NIXMOX_CA_FILE = value;
      try {
        return faults(change);
      } finally {
        delete process.env.NIXMOX_CA_FILE;
      }
    };
    process.env.NIXMOX_CA_FILE = caFile;
    assert.equal(read({ caFile }).proxmox.ca, pem);
    const line =
      "nixmox:caFile names ca.pem, which the Proxmox VE provider only learns from its environment. " +
      `Run \`eval "$(npm run --silent env -- --stack ${pulumi.getStack()})"\` in this shell.`;
    assert.deepEqual(told(undefined, { caFile }), [line]);
    assert.deepEqual(told(key, { caFile }), [line]);
    const other = file("other.pem", "no certificate\n");
    assert.match(told(other, { caFile: other })[0]!, /other\.pem, which has no certificate\. Copy/);
  });

  it("keep secrets secret", async () => {
    const { secrets } = read({ secrets: '{"notes":{"key":"chosen"}}' });
    assert.equal(await pulumi.isSecret(secrets), true);
  });

  it("take the token from a file, and the network from another", () => {
    const apiTokenFile = file("token", `${good.apiToken}\n`);
    const networkFile = file("network", '{ "network_cidr": "10.1.0.0/16" }');
    const settings = read({ apiTokenFile, networkFile }, ["apiToken"]);
    assert.equal(settings.proxmox.token, good.apiToken);
    assert.deepEqual(settings.networkCidrs, { default: "10.1.0.0/16" });
  });

  type Case = [what: string, change: Record<string, string>, without: string[], line: string];
  const cases: Case[] = [
    ["a missing setting", {}, ["node"], `nixmox:node is missing. ${set("node")}`],
    ["an empty setting", { node: "" }, [], `nixmox:node is empty. ${set("node")}`],
    [
      "an endpoint that is no URL",
      { endpoint: "pve" },
      [],
      `nixmox:endpoint must be a URL such as https://pve.example.lan:8006/. ${set("endpoint")}`,
    ],
    [
      "no boolean",
      { protect: "maybe" },
      [],
      `nixmox:protect must be true or false. ${set("protect")}`,
    ],
    [
      "no number",
      { sshTimeout: "x" },
      [],
      `nixmox:sshTimeout must be a number. ${set("sshTimeout")}`,
    ],
    [
      "a fraction",
      { parallelCreates: "1.5" },
      [],
      `nixmox:parallelCreates must be a whole number. ${set("parallelCreates")}`,
    ],
    [
      "too small a number",
      { parallelCreates: "0" },
      [],
      `nixmox:parallelCreates must be at least 1. ${set("parallelCreates")}`,
    ],
    [
      "an id that Proxmox VE reserves",
      { vmidBase: "99" },
      [],
      `nixmox:vmidBase must be at least 100. ${set("vmidBase")}`,
    ],
    [
      "an id that Proxmox VE does not have",
      { vmidBase: "999999999" },
      [],
      `nixmox:vmidBase must be at most 990000000. ${set("vmidBase")}`,
    ],
    [
      "another operating system",
      { templateType: "alpine" },
      [],
      `nixmox:templateType must be nixos or debian. ${set("templateType")}`,
    ],
    [
      "an unknown setting",
      { insecur: "true" },
      [],
      'nixmox:insecur is unknown. Did you mean "insecure"? Remove it with `pulumi config rm nixmox:insecur`.',
    ],
    [
      "services that are no list",
      { allowReplace: "notes" },
      [],
      `nixmox:allowReplace ${wrongForm("--path 'nixmox:allowReplace[0]' SERVICE")}`,
    ],
    [
      "secrets that are no table",
      { secrets: '{"notes":"hunter2"}' },
      [],
      `nixmox:secrets ${wrongForm("--secret --path 'nixmox:secrets.SERVICE.NAME'")}`,
    ],
    ...[
      '"SHA256:short"',
      '"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7"',
      '"SHA256:BvHC5R5G6S1goeAN+QZjd+TZ6qoxzPyOTQ8iOKXWoEU; id"',
      "7",
    ].map((value): Case => [
      `a host key that is ${value}`,
      { hostKeys: `{"notes":${value}}` },
      [],
      `nixmox:hostKeys ${wrongForm("--path 'nixmox:hostKeys.SERVICE' FINGERPRINT")}`,
    ]),
    [
      "no token",
      {},
      ["apiToken"],
      "nixmox:apiToken is missing. Run `pulumi config set --secret nixmox:apiToken`.",
    ],
    [
      "a token of another form",
      { apiToken: "hunter2" },
      [],
      "nixmox:apiToken is not of the form user@realm!name=uuid. Run `pulumi config set --secret nixmox:apiToken`.",
    ],
    [
      "a token beside a token file",
      { apiTokenFile: key },
      [],
      "nixmox:apiToken and nixmox:apiTokenFile are both set. Remove one with `pulumi config rm`.",
    ],
    [
      "a token file that is not there",
      { apiTokenFile: join(folder, "none") },
      ["apiToken"],
      "nixmox:apiTokenFile names none, which does not exist. Start the lab, or write the token there.",
    ],
    [
      "a token file without a token",
      { apiTokenFile: key },
      ["apiToken"],
      "nixmox:apiTokenFile names key, which has no API token. Write one of the form user@realm!name=uuid there.",
    ],
    [
      "a key that is a public one",
      { sshPrivateKeyFile: file("public", "ssh-ed25519 AAAA nixmox\n") },
      [],
      "nixmox:sshPrivateKeyFile names public, which is the public half of a key. Name the private one: the other half.",
    ],
    [
      "a network file that is something else",
      { networkFile: key },
      [],
      "nixmox:networkFile names key, which has no network_cidr: No number after",
    ],
  ];
  for (const [what, change, without, line] of cases) {
    it(`refuse ${what}`, () => {
      const lines = faults(change, without);
      assert.ok(lines[0]!.startsWith(line), lines.join("\n"));
      assert.doesNotMatch(lines.join("\n"), /hunter2/);
    });
  }

  it("name a key whose files do not exist, both halves", () => {
    assert.deepEqual(faults({ sshPrivateKeyFile: join(folder, "none") }), [
      `nixmox:sshPrivateKeyFile names none, which does not exist. ${keyAdvice}`,
    ]);
  });

  describe("refuse files that others may read:", () => {
    const token = file("own-token", good.apiToken);
    afterEach(() => {
      for (const each of [key, token]) chmodSync(each, 0o600);
      chownSync(key, process.getuid!(), -1);
      delete process.env.PULUMI_CONFIG_PASSPHRASE_FILE;
    });
    const fault = (name: string, of: string, mode: string) =>
      `${name} names ${of}, which others may read or change (mode ${mode}). Run \`chmod 600 ${of}\`.`;

    it("the SSH key", () => {
      for (const mode of [0o644, 0o640, 0o604, 0o622]) {
        chmodSync(key, mode);
        const line = fault("nixmox:sshPrivateKeyFile", "key", `0${mode.toString(8)}`);
        assert.deepEqual(faults(), [line]);
      }
      for (const mode of [0o600, 0o400, 0o700]) {
        chmodSync(key, mode);
        read();
      }
    });

    it("the API token", () => {
      chmodSync(token, 0o444);
      const lines = faults({ apiTokenFile: token }, ["apiToken"]);
      assert.deepEqual(lines, [fault("nixmox:apiTokenFile", "own-token", "0444")]);
    });

    it("the passphrase", () => {
      process.env.PULUMI_CONFIG_PASSPHRASE_FILE = token;
      chmodSync(token, 0o640);
      const name = "PULUMI_CONFIG_PASSPHRASE_FILE";
      assert.deepEqual(faults(), [fault(name, "own-token", "0640")]);
    });

    it("and those of another user", function () {
      if (process.getuid!() !== 0) this.skip();
      chownSync(key, 1234, -1);
      assert.deepEqual(faults(), [
        "nixmox:sshPrivateKeyFile names key, which belongs to another user (1234). Run `chown 0 key`.",
      ]);
    });
  });

  describe("refuse secrets in plain text, each with the command that encrypts it:", () => {
    const refused = (
      values: Record<string, string>,
      yaml: string,
      keys: readonly string[] = [],
    ) => {
      const stack = file("Pulumi.test.yaml", yaml);
      const config = configuration({ ...good, ...values });
      try {
        readSettings(config, { isSecret: (each) => keys.includes(each), file: stack });
      } catch (error) {
        assert.doesNotMatch((error as Error).message, /hunter2|00000000/);
        return (error as Error).message.split("\n").slice(1);
      }
      return [];
    };
    const line = (name: string, command: string) =>
      `  ${name} is in plain text. Run \`pulumi config set --secret ${command}\`, ` +
      "with a new value: this one has been in a file that others may have read.";
    const both = ["nixmox:apiToken", "nixmox:secrets"];
    const secrets = '{"notes":{"key":"hunter2","other":"hunter2"}}';

    it("the API token", () => {
      const expected = [line("nixmox:apiToken", "nixmox:apiToken")];
      assert.deepEqual(refused({}, ""), expected);
      assert.deepEqual(refused({}, `config:\n  nixmox:apiToken: ${good.apiToken}\n`), expected);
      assert.deepEqual(refused({}, "config:\n  nixmox:apiToken:\n    secure: AAAB\n", both), []);
    });

    it("a service's secrets, also beside those that are encrypted", () => {
      const at = (name: string) =>
        line(`nixmox:secrets.notes.${name}`, `--path 'nixmox:secrets.notes.${name}'`);
      assert.deepEqual(refused({ secrets }, "", ["nixmox:apiToken"]), [at("key"), at("other")]);
      const yaml =
        "config:\n  nixmox:secrets:\n    notes:\n      key: hunter2\n      other:\n        secure: AAAB\n";
      assert.deepEqual(refused({ secrets }, yaml, both), [at("key")]);
      assert.deepEqual(
        refused({ secrets }, "config:\n  nixmox:secrets:\n    secure: AAAB\n", both),
        [],
      );
      assert.deepEqual(refused({ secrets: "{}" }, "", both), []);
    });
  });

  it("name everything at once", () => {
    assert.equal(faults({ protect: "maybe", insecur: "x", apiToken: "y" }, ["node"]).length, 4);
  });

  it("name services of host keys that the manifest does not have", () => {
    const { manifest } = load(
      `${base}[services.notes]\nip = "192.168.99.20"\n` +
        '[services.off]\nip = "192.168.99.21"\nenable = false\n',
    );
    const fingerprint = "SHA256:BvHC5R5G6S1goeAN+QZjd+TZ6qoxzPyOTQ8iOKXWoEU";
    const check = (...names: string[]) => {
      const keys = Object.fromEntries(names.map((name) => [name, fingerprint]));
      const settings = read({ hostKeys: JSON.stringify(keys) });
      checkHostKeyNames(settings, manifest);
      return settings.hostKeys;
    };
    assert.equal(check("notes", "off").get("notes"), fingerprint);
    assert.equal(check("notes").get("constructor"), undefined);
    assert.throws(
      () => check("note", "notes"),
      /nixmox:hostKeys\.note is not a service of the manifest\. Did you mean "notes"\? Remove it with `pulumi config rm --path 'nixmox:hostKeys\.note'`\./,
    );
    assert.throws(() => check("constructor"), /nixmox:hostKeys\.constructor is not a service/);
  });

  it("name secrets that the manifest does not have", () => {
    const { manifest } = load(
      `${base}[services.notes]\nip = "192.168.99.20"\ninterface.secrets.key = {}\n` +
        '[services.off]\nip = "192.168.99.21"\nenable = false\n',
    );
    const check = (secrets: object) =>
      checkSecretNames(read({ secrets: JSON.stringify(secrets) }), manifest);
    check({ notes: { key: "a" }, off: { any: "b" } });
    assert.throws(
      () => check({ notes: { kay: "hunter2" } }),
      /nixmox:secrets\.notes\.kay is not a secret of the manifest \(there are notes\.key\)\. Remove it with/,
    );
    assert.throws(
      () => check({ caddy: { "ca-key": "x" } }),
      /nixmox:secrets\.caddy\.ca-key is not/,
    );
  });
});
