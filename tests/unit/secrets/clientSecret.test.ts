import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { load, refusal } from "../fixtures";
import { type Run, runProgram } from "../program";

const shipped = readFileSync("manifest/nixmox.toml", "utf8");
const manifest = `${shipped}
[services.monitoring.interface.secrets.theirs]
from = "miniflux.client-secret"
env = "CLIENT_SECRET"
restart = ["helper.service"]
`;
const value = "miniflux-secret-client-secret-value-result";

/** A helper on another host that acts as the client, such as a second instance, needs its secret. */
describe("a client's secret that another service has, too", () => {
  const folder = mkdtempSync(join(tmpdir(), "nixmox-secrets-"));
  let run: Run;
  before(async () => {
    const file = join(folder, "nixmox.toml");
    writeFileSync(file, manifest);
    run = await runProgram(file);
  });
  after(() => rmSync(folder, { recursive: true }));

  const inputs = (name: string) => {
    const found = run.resources.get(name) ?? assert.fail(`there is no ${name}`);
    return found.inputs as Record<string, { readonly value: unknown }>;
  };

  it("is one value: in both files, and at the identity provider", () => {
    assert.equal(inputs("miniflux-secret-client-secret").stdin!.value, value);
    assert.equal(inputs("monitoring-secret-theirs").stdin!.value, `CLIENT_SECRET=${value}\n`);
    assert.equal(inputs("miniflux-sign-in-provider").clientSecret!.value, value);
    assert.equal(run.resources.has("monitoring-secret-theirs-value"), false);
  });

  it("is generated as the client's own says", () => {
    const { services } = load(manifest).manifest;
    const secretsOf = (service: string) =>
      services.find(({ name }) => name === service)!.interface.secrets;
    const [own, theirs] = [secretsOf("miniflux")["client-secret"], secretsOf("monitoring").theirs];
    const { generate, format, length } = own!;
    assert.deepEqual(
      { generate: theirs!.generate, format: theirs!.format, length: theirs!.length },
      { generate, format, length },
    );
  });

  it("cannot come from elsewhere, since each client has one of its own", () => {
    const text = `${shipped}
[services.monitoring.interface.secrets.ours]
[services.miniflux.interface.secrets.client-secret]
from = "monitoring.ours"
`;
    const { message } = refusal(text);
    assert.match(message, /client-secret\.from: a client of the identity provider has a secret of/);
  });
});
