import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { base, issuesOf, load } from "../fixtures";

const ping = 'interface.health.liveness = "redis-cli -a ping"';
const excusing = (path: string, lines = ping) =>
  `not_secret = ['${path}']\n${base}[services.git]\nip = "192.168.99.20"\nports = [80]\n${lines}\n`;
const liveness = "services.git.interface.health.liveness";

describe("what looks like a secret and is none", () => {
  it("is let through by its path as it is written, short forms included", () => {
    const { manifest } = load(excusing(liveness));
    const git = manifest.services.find(({ name }) => name === "git")!;
    assert.equal(git.interface.health.readiness, "redis-cli -a ping");
    load(
      excusing(
        "services.git.interface.proxy.extra_config",
        "interface.proxy.extra_config = 'header Cookie session=guest'",
      ),
    );
    load(
      excusing(
        'services.git.interface.terraform.variables."a b"[0]',
        'interface.terraform.variables."a b" = ["redis-cli -a ping"]',
      ),
    );
  });

  it("excuses that value alone", () => {
    const startup = `${ping}\ninterface.health.startup = "redis-cli -a pong"`;
    assert.deepEqual(issuesOf(excusing(liveness, startup)), [
      "plain-secret services.git.interface.health.startup",
    ]);
    assert.deepEqual(issuesOf(excusing("services.git.interface.health")), [
      "no-effect not_secret[0]",
      `plain-secret ${liveness}`,
    ]);
    assert.deepEqual(issuesOf(excusing("services.git.interface.health.readiness")), [
      "no-effect not_secret[0]",
      `plain-secret ${liveness}`,
    ]);
  });

  it("is no name, which everything shows", () => {
    const token = "ghp_aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dF3gH5";
    const table = "services.git.interface.terraform.variables";
    assert.ok(
      issuesOf(excusing(table, `interface.terraform.variables.${token} = 1`)).includes(
        `plain-secret ${table}`,
      ),
    );
  });

  it("is itself searched for secrets", () => {
    assert.ok(issuesOf(excusing("redis-cli -a ping")).includes("plain-secret not_secret[0]"));
  });
});
