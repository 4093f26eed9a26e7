import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { secretsOf, type StackSecret } from "../../../cli/secrets/inventory";
import { listSecrets } from "../../../cli/secrets/list";
import { rotate } from "../../../cli/secrets/rotate";
import { importSecrets } from "../../../cli/secrets/import";
import { base, load } from "../fixtures";
import { join } from "node:path";

const { manifest } = load(`${base}
[services.miniflux]
ip = "192.168.99.15"
[services.miniflux.interface.secrets]
admin-password = { from = "mailer.key" }
token = { generate = false }
[services.mailer]
ip = "192.168.99.16"
[services.mailer.interface.secrets]
key = {}
relay = { generate = false, env = "RELAY" }
`);

const state = {
  deployment: {
    resources: [
      ["192.168.99.15", "miniflux"],
      ["192.168.99.16", "mailer"],
    ].map(([address, name]) => ({
      urn: `urn:pulumi:dev::nixmox::command:local:Command::${name}-host-key`,
      type: "command:local:Command",
      inputs: { create: `bash pin-host-key.sh ${address} key 300` },
      outputs: { stdout: `ssh-ed25519 ${"A".repeat(68)}` },
    })),
  },
};

const all = (change: Partial<StackSecret> = {}) =>
  secretsOf({ manifest, state: state }, new Set(["mailer/relay"]))
    .filter(({ origin }) => origin !== "issued")
    .map((secret) => ({ ...secret, ...(secret.id === "mailer/key" ? change : {}) }));

const stack = (secrets: readonly StackSecret[]) => ({
  name: "dev",
  pulumi: {} as never,
  secrets,
  privateKeyFile: "key",
  option: "--stack dev",
});

describe("secrets that are not generated for one service", () => {
  it("are listed with where their value comes from", () => {
    const cells = listSecrets(all(), new Date()).map((line) => line.split(/ {2,}/));
    assert.deepEqual(
      cells.map(([id, , , , value]) => `${id} ${value}`),
      [
        "secret value",
        "mailer/key generated",
        "mailer/relay given",
        "miniflux/admin-password of mailer/key",
        "miniflux/token missing",
      ],
    );
  });

  const refused = (target: string, why: RegExp, secrets = all()) =>
    assert.rejects(
      rotate(stack(secrets), target, () => assert.fail()),
      why,
    );

  it("are not rotated, but named with what to do instead", async () => {
    await refused(
      "mailer/relay",
      /mailer\/relay is not generated \(generate = false\)\..*`pulumi config set --secret --path 'nixmox:secrets\.mailer\.relay' --stack dev`, which asks for it/,
    );
    await refused("miniflux/token", /miniflux\/token is not generated/);
    await refused("miniflux/admin-password", /`npm run secrets -- rotate mailer\/key --stack dev`/);
    await refused("miniflux", /miniflux\/admin-password has the value of mailer\/key/);
  });

  it("need one service that can be asked", async () => {
    const generator = "urn:key";
    await refused("mailer/key", /nothing says how to ask/, all({ generator }));
    const away = all({ generator, verify: "true" }).map((each) =>
      each.service === "miniflux" ? { ...each, host: { address: each.host.address } } : each,
    );
    await refused("mailer/key", /mailer\/key is not deployed yet/, away);
  });

  it("are not imported under the name of one that shares them", async () => {
    const sops = join(__dirname, "sops");
    await assert.rejects(
      importSecrets(
        stack(all()),
        join(sops, "secrets.json"),
        join(sops, "keys.txt"),
        () => undefined,
      ),
      /miniflux\.admin-password has the value of mailer\/key\. Name that one\./,
    );
  });
});
