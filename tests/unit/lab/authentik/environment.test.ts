import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { SettingError, settingsOf } from "../../../../lab/authentik/environment";

describe("the settings of the lab's Authentik", () => {
  let dir: string;
  const file = (name: string, text: string): string => {
    const path = join(dir, name);
    writeFileSync(path, text);
    return path;
  };
  before(() => (dir = mkdtempSync(join(tmpdir(), "nixmox-authentik-"))));
  after(() => rmSync(dir, { recursive: true }));

  const of = (env: Record<string, string>) => settingsOf({ AUTHENTIK_SECRET_KEY: "key", ...env });

  it("come from files where the environment says so", () => {
    const path = file("password", "secret\n");
    const { postgresql, http } = of({
      AUTHENTIK_POSTGRESQL__PASSWORD: `file://${path}`,
      AUTHENTIK_LISTEN__HTTP: "env://ADDRESS",
      ADDRESS: "[::1]:9005",
    });
    assert.equal(postgresql.password, "secret");
    assert.deepEqual(http, { host: "::1", port: 9005 });
  });

  it("check the database server's name as libpq does", () => {
    const ca = file("ca.crt", "certificate");
    const ssl = (mode: string) =>
      of({ AUTHENTIK_POSTGRESQL__SSLMODE: mode, AUTHENTIK_POSTGRESQL__SSLROOTCERT: ca }).postgresql
        .ssl as Record<string, unknown> | false;
    // Node's own check of the name is used where no other is given.
    assert.deepEqual(ssl("verify-full"), { rejectUnauthorized: true, ca: "certificate" });
    assert.equal((ssl("verify-ca") as Record<string, unknown>).rejectUnauthorized, true);
    assert.equal((ssl("require") as Record<string, unknown>).rejectUnauthorized, false);
    assert.equal(ssl("disable"), false);
  });

  it("name what is missing or unusable", () => {
    const refused = (env: Record<string, string>) => () => of(env);
    assert.throws(() => settingsOf({}), /AUTHENTIK_SECRET_KEY is not set/);
    assert.throws(
      refused({ AUTHENTIK_LISTEN__HTTP: "nowhere" }),
      /nowhere in AUTHENTIK_LISTEN__HTTP/,
    );
    assert.throws(refused({ AUTHENTIK_SECRET_KEY: "file:///nonexistent" }), SettingError);
  });
});
