import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { evaluateHost, upload } from "../nix";
import { samples } from "../samples";

describe("the postgresql module", () => {
  let flake: string;
  before(() => (flake = upload("postgresql", samples.postgresql)));

  it("listens on its own address and lets in those that fragments name", () => {
    const settings = evaluateHost<Record<string, unknown>>(
      flake,
      "postgresql",
      "services.postgresql.settings",
    );
    assert.equal(settings.listen_addresses, "10.20.30.4");
    assert.equal(settings.port, 5433);
    assert.equal(settings.password_encryption, "scram-sha-256");
    assert.equal(settings.hba_file, "/srv/nixmox/pg_hba.conf");
  });

  it("accepts twice what its databases may use, and keeps some for the administrator", () => {
    const { max_connections, superuser_reserved_connections } = evaluateHost<
      Record<string, unknown>
    >(flake, "postgresql", "services.postgresql.settings");
    assert.deepEqual([max_connections, superuser_reserved_connections], [130, 10]);
  });

  it("speaks TLS 1.3 with the host's certificate", () => {
    const settings = evaluateHost<Record<string, unknown>>(
      flake,
      "postgresql",
      "services.postgresql.settings",
    );
    assert.equal(settings.ssl, true);
    assert.equal(settings.ssl_min_protocol_version, "TLSv1.3");
    assert.equal(settings.ssl_key_file, "/run/credentials/postgresql.service/key");
    assert.deepEqual(
      evaluateHost(flake, "postgresql", "systemd.services.postgresql.serviceConfig.LoadCredential"),
      ["certificate:/srv/keys/server.crt", "key:/srv/keys/server.key"],
    );
  });

  it("gives up on clients that are gone, or that do not log in", () => {
    const settings = evaluateHost<Record<string, unknown>>(
      flake,
      "postgresql",
      "services.postgresql.settings",
    );
    assert.equal(settings.authentication_timeout, "10s");
    assert.equal(settings.tcp_keepalives_idle, 30);
    assert.equal(settings.client_connection_check_interval, "30s");
  });

  it("assembles pg_hba.conf as root before every start", () => {
    const steps = evaluateHost<string[]>(
      flake,
      "postgresql",
      "systemd.services.postgresql.serviceConfig.ExecStartPre",
    );
    assert.ok(steps.some((step) => /^\+.*\/bin\/assemble-hba$/.test(step)));
  });

  it("knows no database and no role by itself", () => {
    const texts = evaluateHost(
      flake,
      "postgresql",
      'builtins.toJSON (removeAttrs services.postgresql [ "extensions" ])',
    );
    assert.doesNotMatch(String(texts), /miniflux|ensure|CREATE/i);
  });
});
