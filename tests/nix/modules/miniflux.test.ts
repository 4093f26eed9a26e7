import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { evaluateHost, upload } from "../nix";
import { change, samples } from "../samples";

interface Unit {
  environment: Record<string, string>;
  serviceConfig: { LoadCredential: string[]; ExecStartPost: string[] };
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
      "database:/srv/nixmox/secrets/database-feeds",
      "admin-password:/srv/nixmox/secrets/admin-password",
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

  it("sets the administrator's password to the file's at each start", () => {
    assert.match(unit.serviceConfig.ExecStartPost.join(), /^\+\S*-apply-admin-password$/);
  });

  const baseUrl = (routes: Record<string, object>) =>
    evaluateHost(
      upload("miniflux", change(samples.miniflux, { routes })),
      "miniflux",
      "services.miniflux.config.BASE_URL",
    );

  it("answers at its address if it has no route", () => {
    assert.equal(baseUrl({}), "http://10.20.30.15:8081");
  });

  it("knows the public address of its default route, with its path", () => {
    const other = { ...samples.miniflux.routes.default!, url: "http://other.home.example/feeds/" };
    assert.equal(baseUrl({ other }), "http://other.home.example/feeds");
    assert.equal(
      baseUrl({ another: other, ...samples.miniflux.routes }),
      "https://miniflux.home.example",
    );
  });
});
