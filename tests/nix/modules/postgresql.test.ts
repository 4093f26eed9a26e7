import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { evaluateHost, refusal, system, upload } from "../nix";
import { change, type Overrides, samples } from "../samples";

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

  describe("with databases that need more", () => {
    const extension = (name: string, from: string, more: object = {}) => ({
      name,
      package: from,
      known: true,
      preload: null,
      wantedBy: "services.photos.interface.db.extensions",
      ...more,
    });
    const evaluateWith = (overrides: Overrides, expression: string) =>
      evaluateHost<unknown>(
        upload("postgresql", change(samples.postgresql, overrides)),
        "postgresql",
        expression,
      );

    it("has the packages and libraries of their extensions", () => {
      const databaseExtensions = [
        extension("pgaudit", "pgaudit", { preload: "pgaudit" }),
        extension("hint", "not-in-nixpkgs", { known: false }),
        extension("pg_stat_statements", "", {
          package: null,
          preload: "pg_stat_statements",
        }),
      ];
      const found = evaluateWith(
        { databaseExtensions },
        "[ (map (p: p.pname) (services.postgresql.extensions services.postgresql.package.pkgs)) services.postgresql.settings.shared_preload_libraries ]",
      );
      assert.deepEqual(found, [["pgaudit"], "pgaudit,pg_stat_statements"]);
    });

    it("names the manifest's key of a package that nixpkgs lacks", () => {
      const databaseExtensions = [extension("vchord", "vectorchord", { preload: "vchord" })];
      assert.throws(
        () => evaluateWith({ databaseExtensions }, system),
        /no package vectorchord for the extension vchord, which services\.photos\.interface\.db\.extensions/,
      );
    });

    it("has their locales", () => {
      const databaseLocales = ["de_DE.UTF-8/UTF-8"];
      assert.deepEqual(
        evaluateWith({ databaseLocales }, "configuration.i18n.extraLocales"),
        databaseLocales,
      );
    });
  });

  describe("has the major version that", () => {
    const versionOf = (version: string | null, extra: Record<string, string> = {}) =>
      evaluateHost(
        upload("postgresql", change(samples.postgresql, { service: { version } }), extra),
        "postgresql",
        "[ services.postgresql.package.psqlSchema services.postgresql.dataDir ]",
      );

    it("the manifest names", () => {
      assert.deepEqual(versionOf("16"), ["16", "/var/lib/postgresql/nixos-16"]);
      assert.deepEqual(versionOf("15"), versionOf(null));
    });

    it("its host's own file names, if the manifest names none", () => {
      const file = "{ pkgs, ... }: { services.postgresql.package = pkgs.postgresql_17; }";
      const [version] = versionOf(null, { "nixos/hosts/postgresql.nix": file }) as string[];
      assert.equal(version, "17");
    });

    it("nixpkgs has, or says that it has none", () => {
      const none = change(samples.postgresql, { service: { version: "99" } });
      assert.match(
        refusal(upload("postgresql", none), "postgresql"),
        /Unable to configure postgresql: nixpkgs has no PostgreSQL 99\. Set `version` in the manifest to a major version that it has, or remove it\./,
      );
    });

    it("the data are of: the server refuses to create others before it does anything else", () => {
      const other = change(samples.postgresql, { service: { version: "17" } });
      const script = evaluateHost<string>(
        upload("postgresql", other),
        "postgresql",
        "systemd.services.postgresql.preStart",
      );
      const [first] = script.trim().split("\n");
      assert.match(
        first!,
        /\/bin\/refuse-other-cluster '?\/var\/lib\/postgresql\/nixos-17'? '?17'? '?postgresql'?$/,
      );
      assert.ok(script.indexOf(first!) < script.indexOf("initdb"));
    });
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
