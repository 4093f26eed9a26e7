import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
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
    assert.match(
      DATABASE_URL!,
      /^host=postgresql\.home\.example port=5433 user=reader dbname=feeds sslmode=verify-full sslrootcert=\/.*-ca\.crt$/,
    );
  });

  it("reads its passwords from files", () => {
    assert.deepEqual(unit.serviceConfig.LoadCredential, [
      "database:/srv/nixmox/secrets/database-feeds",
      "admin-password:/srv/nixmox/secrets/admin-password",
      "certificate:/srv/keys/server.crt",
      "key:/srv/keys/server.key",
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

  it("answers at its own name if it has no route", () => {
    assert.equal(baseUrl({}), "https://miniflux.host.home.example:8081");
  });

  it("serves TLS with the certificate that it has, and plain HTTP without one", () => {
    const { CERT_FILE, KEY_FILE } = unit.environment;
    assert.deepEqual([CERT_FILE, KEY_FILE], ["%d/certificate", "%d/key"]);
    const plain = change(samples.miniflux, { certificate: null, routes: {} });
    const { CERT_FILE: none, BASE_URL } = evaluateHost<Record<string, string>>(
      upload("miniflux", plain),
      "miniflux",
      "systemd.services.miniflux.environment",
    );
    assert.deepEqual([none, BASE_URL], [undefined, "http://10.20.30.15:8081"]);
  });

  it("trusts nothing but a certified server in a checkout without a certificate, too", () => {
    const checkout = upload("miniflux", samples.miniflux);
    rmSync(join(checkout, "ca.crt"));
    const url = evaluateHost<string>(checkout, "miniflux", "services.miniflux.config.DATABASE_URL");
    assert.match(url, / sslmode=verify-full$/);
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
