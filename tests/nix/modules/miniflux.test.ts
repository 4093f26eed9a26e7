import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { evaluateHost, upload } from "../nix";
import { samples } from "../samples";

interface Unit {
  environment: Record<string, string>;
  serviceConfig: { LoadCredential: string[] };
}

/** The sample with other contracts in Miniflux's own entry. */
function changed(contracts: object): object {
  const { miniflux } = samples.miniflux.services;
  const entry = { ...miniflux, interface: { ...miniflux.interface, ...contracts } };
  return { ...samples.miniflux, services: { miniflux: entry } };
}

describe("the miniflux module", () => {
  let unit: Unit;
  before(() => {
    unit = evaluateHost<Unit>(
      upload("miniflux", samples.miniflux),
      "miniflux",
      "{ inherit (systemd.services.miniflux) environment serviceConfig; }",
    );
  });

  it("takes its addresses from the manifest", () => {
    const { LISTEN_ADDR, BASE_URL, DATABASE_URL } = unit.environment;
    assert.equal(LISTEN_ADDR, "10.20.30.15:8081");
    assert.equal(BASE_URL, "https://miniflux.home.example");
    assert.equal(
      DATABASE_URL,
      "host=10.20.30.4 port=5433 user=reader dbname=feeds sslmode=disable",
    );
  });

  it("reads its passwords from files", () => {
    assert.deepEqual(unit.serviceConfig.LoadCredential, [
      "database:/var/lib/nixmox/secrets/database-feeds",
      "admin-password:/var/lib/nixmox/secrets/admin-password",
    ]);
    const { CREATE_ADMIN, ADMIN_USERNAME, ADMIN_PASSWORD_FILE, PGPASSFILE } = unit.environment;
    assert.deepEqual(
      { CREATE_ADMIN, ADMIN_USERNAME, ADMIN_PASSWORD_FILE, PGPASSFILE },
      {
        CREATE_ADMIN: "1",
        ADMIN_USERNAME: "admin",
        ADMIN_PASSWORD_FILE: "%d/admin-password",
        PGPASSFILE: "/run/miniflux/pgpass",
      },
    );
  });

  it("answers by its address where it has no route", () => {
    assert.equal(
      evaluateHost(
        upload("miniflux", changed({ proxy: undefined })),
        "miniflux",
        "services.miniflux.config.BASE_URL",
      ),
      "http://10.20.30.15:8081",
    );
  });

  it("says what the manifest lacks", () => {
    const flake = upload("miniflux", changed({ dbs: {}, secrets: {} }));
    const build = "configuration.system.build.toplevel.drvPath";
    assert.throws(
      () => evaluateHost(flake, "miniflux", build),
      (error: Error) => {
        assert.match(error.message, /needs exactly one database and has 0\. Set interface\.db/);
        assert.match(error.message, /Set interface\.secrets\.admin-password = \{\}/);
        return true;
      },
    );
  });
});
