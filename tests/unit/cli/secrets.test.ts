import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import type { Pulumi } from "../../../cli/pulumi";
import { importSecrets } from "../../../cli/secrets/import";
import { chosenSecrets, secretsOf } from "../../../cli/secrets/inventory";
import { listSecrets } from "../../../cli/secrets/list";
import { rotate } from "../../../cli/secrets/rotate";
import type { SecretsStack } from "../../../cli/secrets/stack";
import { base, load } from "../fixtures";

const text = `${base}
[services.notes]
ip = "192.168.99.17"
formerly = "memos"
interface.db = {}
interface.dbs.archive = {}
interface.secrets.key = { apply = "notesctl reload", verify = "notesctl check" }
interface.secrets.token = {}
`;

const now = new Date("2026-03-10T12:00:00Z");
const random = "random:index/randomPassword:RandomPassword";
const remote = "command:remote:Command";

const resource = (type: string, name: string, more: object = {}) => ({
  urn: `urn:pulumi:dev::nixmox::nixmox:index:Service$${type}::${name}`,
  type,
  created: "2026-03-01T12:00:00Z",
  modified: "2026-03-09T12:00:00Z",
  ...more,
});

const pin = {
  ...resource("command:local:Command", "notes-host-key"),
  inputs: { create: "bash pin-host-key.sh 192.168.99.17 key 300" },
  outputs: { stdout: `ssh-ed25519 ${"A".repeat(68)}` },
};

const deployed = [
  pin,
  resource(random, "notes-secret-key-value"),
  resource(random, "notes-secret-key-value", { delete: true, created: "2020-01-01T00:00:00Z" }),
  resource(remote, "notes-secret-key"),
  resource(random, "notes-secret-token-value", { created: "2026-03-10T11:59:30Z" }),
  resource(random, "notes-database-password", { created: "2026-03-10T10:59:00Z" }),
  resource(remote, "notes-database-archive-secret"),
];

const inventory = (resources: readonly object[], chosen: readonly string[] = []) => {
  const { manifest } = load(text);
  const state = { deployment: { resources } } as never;
  return secretsOf({ manifest, state }, new Set(chosen));
};

describe("the secrets of a stack", () => {
  it("are listed with where they go, how they are applied and how old they are", () => {
    const lines = listSecrets(inventory(deployed, ["notes/database-archive"]), now);
    const cells = lines.map((line) => line.split(/ {2,}/));
    const at = (name: string) => `192.168.99.17:/var/lib/nixmox/secrets/${name}`;
    assert.deepEqual(cells.slice(1), [
      [
        "caddy/authority",
        "192.168.99.10:/var/lib/nixmox/secrets/authority.key",
        "restart",
        "caddy.service",
        "issued",
        "no",
        "not deployed",
      ],
      ["notes/key", at("key"), "command", "-", "generated", "yes", "9 days"],
      ["notes/token", at("token"), "restart", "notes.service", "generated", "no", "30 seconds"],
      [
        "notes/database-archive",
        at("database-archive"),
        "SQL, restart",
        "notes.service",
        "chosen",
        "yes",
        "1 day",
      ],
      [
        "notes/database-memos",
        at("database-memos"),
        "SQL, restart",
        "notes.service",
        "generated",
        "yes",
        "1 hour",
      ],
      [
        "postgresql/certificate",
        "192.168.99.11:/var/lib/nixmox/secrets/server.key",
        "restart",
        "postgresql.service",
        "issued",
        "no",
        "not deployed",
      ],
    ]);
  });

  it("know how to log in to a database", () => {
    const logins = inventory(deployed).flatMap(({ login }) => login ?? []);
    assert.deepEqual(
      logins.map(({ database, role, address, hostname, port }) => [
        ...[database, role, address, hostname, port],
      ]),
      [
        ["archive", "archive", "192.168.99.11", "postgresql.nixmox.lan", 5432],
        ["memos", "memos", "192.168.99.11", "postgresql.nixmox.lan", 5432],
      ],
    );
  });

  it("are chosen if the configuration has them", () => {
    const configuration = { "nixmox:secrets": { value: '{"notes":{"key":"x"}}' } };
    assert.deepEqual([...chosenSecrets(JSON.stringify(configuration))], ["notes/key"]);
    assert.deepEqual([...chosenSecrets("{}")], []);
  });
});

describe("a rotation", () => {
  const refused = (target: string, why: RegExp, chosen: string[] = [], resources = deployed) =>
    assert.rejects(
      // Nothing is asked of Pulumi or of a host before the target is known to be right.
      rotate(stack(resources, chosen, {}), target, () => assert.fail()),
      why,
    );

  it("is refused where it cannot be, or cannot be proven", async () => {
    await refused("nots", /no such secret\. There are: caddy\/authority, notes\/key/);
    await refused("notes/kee", /no such secret/);
    await refused("caddy", /caddy\/authority is the key of a certificate/);
    await refused("notes/token", /Set interface\.secrets\.token\.verify in the manifest/);
    await refused("notes", /notes\/token, so nothing could be proven/);
    await refused("notes/key", /notes\/key is not deployed yet\. Run `pulumi up/, [], []);
  });

  it("of a chosen secret names the command to use instead", async () => {
    await refused(
      "notes/key",
      /pulumi config set --secret --path 'nixmox:secrets\.notes\.key' --stack dev/,
      ["notes/key"],
    );
  });
});

describe("an import", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "nixmox-import-"));
    writeFileSync(join(folder, "Pulumi.dev.yaml"), "config: {}\n");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const sops = join(__dirname, "sops");
  const shipped = () => {
    const secret = "interface.secrets.admin-password = {}\n";
    const { manifest } = load(
      `${base}[services.miniflux]\nip = "192.168.99.15"\n${secret}` +
        `[services.monitoring]\nip = "192.168.99.16"\n${secret}`,
    );
    return secretsOf({ manifest, state: { deployment: {} } }, new Set());
  };
  const run = async (read: Pulumi["read"], secrets = shipped(), file = "secrets.json") => {
    const lines: string[] = [];
    const pulumi = { read, workspace: { project: folder } } as Pulumi;
    await importSecrets(
      { ...stack([], [], pulumi), secrets },
      join(sops, file),
      join(sops, "keys.txt"),
      (line) => lines.push(line),
    );
    return lines.join("\n");
  };
  const unused = () => assert.fail("Pulumi was run");

  it("sets each value through stdin, and shows none", async () => {
    const calls: [string, string | undefined][] = [];
    const said = await run((args, input) => {
      calls.push([args.join(" "), input]);
      return Promise.resolve("");
    });
    const set = (key: string) =>
      `config set --secret --raw --path nixmox:secrets.${key} --stack dev`;
    assert.deepEqual(calls, [
      [set("monitoring.admin-password"), "a json password"],
      [set("miniflux.admin-password"), "true story"],
    ]);
    assert.match(said, /Imported 2 secrets .*monitoring\/admin-password.*pulumi up --stack dev/s);
    assert.doesNotMatch(said, /a json password|true story/);
  });

  it("changes nothing if a name is not in the manifest", async () => {
    const without = shipped().filter(({ id }) => id !== "monitoring/admin-password");
    await assert.rejects(
      run(unused, without),
      /nothing was changed.*monitoring\.admin-password is not a secret of the manifest\./s,
    );
  });

  it("changes nothing if the file cannot be trusted", async () => {
    await assert.rejects(run(unused, shipped(), "partly.yaml"), /not encrypted\. Nothing was/);
    await assert.rejects(run(unused, shipped(), "none.yaml"), /ENOENT.*Nothing was changed/);
  });

  it("keeps nothing if a value cannot be set", async () => {
    let calls = 0;
    const fail = () => {
      writeFileSync(join(folder, "Pulumi.dev.yaml"), "half\n");
      return calls++ === 0 ? Promise.resolve("") : Promise.reject(new Error("disk full"));
    };
    await assert.rejects(run(fail), /disk full/);
    assert.equal(readFileSync(join(folder, "Pulumi.dev.yaml"), "utf8"), "config: {}\n");
  });
});

function stack(resources: readonly object[], chosen: string[], pulumi: object): SecretsStack {
  return {
    name: "dev",
    pulumi: pulumi as Pulumi,
    secrets: inventory(resources, chosen),
    privateKeyFile: "key",
    option: "--stack dev",
  };
}
