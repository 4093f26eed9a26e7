import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { evaluateHost, refusal, upload } from "../nix";
import { change, samples, type Overrides } from "../samples";

interface Unit {
  environment: Record<string, string | null>;
  after: string[];
  serviceConfig: {
    ExecStart: string;
    ExecStartPre?: string[];
    ExecStartPost?: string[];
    EnvironmentFile?: string;
    LoadCredential: string[];
    StateDirectory: string[];
    User: string;
  };
}

const { authentik } = samples;

describe("the authentik module", () => {
  let units: Record<string, Unit>;
  before(() => {
    units = evaluateHost(
      upload("authentik", authentik),
      "authentik",
      `lib.mapAttrs (_: unit: { inherit (unit) environment after serviceConfig; })
        (lib.filterAttrs (name: _: lib.hasPrefix "authentik" name) systemd.services)`,
    );
  });

  it("runs the database's migration, the server, the worker and the outposts", () => {
    const programs = Object.entries(units).map(([name, { serviceConfig }]) => [
      name,
      serviceConfig.ExecStart.replace(/^.*\/bin\//, ""),
      serviceConfig.User,
    ]);
    assert.deepEqual(programs, [
      ["authentik", "ak server", "authentik"],
      ["authentik-ldap", "ldap", "authentik"],
      ["authentik-migrate", "ak migrate", "authentik"],
      ["authentik-radius", "radius", "authentik"],
      ["authentik-worker", "ak worker", "authentik"],
    ]);
    for (const name of ["authentik", "authentik-worker"]) {
      assert.ok(units[name]!.after.includes("authentik-migrate.service"), name);
    }
    // The server waits for what the worker creates.
    assert.equal(units["authentik-worker"]!.after.includes("authentik.service"), false);
  });

  it("connects to its database over TLS, and checks the server's name", () => {
    const { environment, serviceConfig } = units.authentik!;
    const of = (name: string) => environment[`AUTHENTIK_POSTGRESQL__${name}`];
    assert.deepEqual(["HOST", "PORT", "NAME", "USER", "SSLMODE", "PASSWORD"].map(of), [
      "postgresql.home.example",
      "5433",
      "identities",
      "warden",
      "verify-full",
      "file://%d/database",
    ]);
    assert.match(of("SSLROOTCERT")!, /-ca\.crt$/);
    assert.deepEqual(serviceConfig.LoadCredential, [
      "secret-key:/srv/nixmox/secrets/secret-key",
      "database:/srv/nixmox/secrets/database-authentik",
    ]);
    assert.equal(environment.AUTHENTIK_SECRET_KEY, "file://%d/secret-key");
  });

  it("believes nobody but the proxy and this host about who is asking", () => {
    const { environment } = units.authentik!;
    assert.equal(environment.AUTHENTIK_LISTEN__TRUSTED_PROXY_CIDRS, "127.0.0.0/8,10.20.30.5/32");
    assert.equal(environment.AUTHENTIK_LISTEN__HTTP, "0.0.0.0:9005");
  });

  it("has UTC for its time, whatever zone the host is in", () => {
    const network = { timeZone: "Asia/Tokyo" };
    const zones = evaluateHost<(string | null)[]>(
      upload("authentik", change(authentik, { network })),
      "authentik",
      `[ configuration.time.timeZone ] ++ map (name: systemd.services.\${name}.environment.TZ or null)
        [ "authentik" "authentik-migrate" "authentik-worker" ]`,
    );
    assert.deepEqual(zones, ["Asia/Tokyo", "UTC", "UTC", "UTC"]);
  });

  it("keeps uploaded files in its own folder, which exists", () => {
    const { environment, serviceConfig } = units.authentik!;
    assert.equal(environment.AUTHENTIK_STORAGE__FILE__PATH, "/var/lib/authentik");
    assert.deepEqual(serviceConfig.StateDirectory, ["authentik", "authentik/media"]);
  });

  it("calls nobody", () => {
    const { environment } = units.authentik!;
    assert.equal(environment.AUTHENTIK_DISABLE_UPDATE_CHECK, "true");
    assert.equal(environment.AUTHENTIK_ERROR_REPORTING__ENABLED, "false");
    assert.equal(environment.AUTHENTIK_DISABLE_STARTUP_ANALYTICS, "true");
  });

  it("gives the first token and password to the worker alone, while it starts", () => {
    const { serviceConfig } = units["authentik-worker"]!;
    assert.match(serviceConfig.ExecStartPre!.join(), /^\+\S*-write-bootstrap-environment$/);
    assert.equal(serviceConfig.EnvironmentFile, "-/run/authentik-bootstrap/environment");
    assert.match(
      serviceConfig.ExecStartPost!.join(),
      /^\+\S*rm -f \/run\/authentik-bootstrap\/environment$/,
    );
    assert.equal(units.authentik!.serviceConfig.EnvironmentFile, undefined);
    assert.doesNotMatch(JSON.stringify(units), /AUTHENTIK_BOOTSTRAP/);
  });

  it("runs an outpost only where the manifest asks for it", () => {
    const { environment } = units["authentik-ldap"]!;
    assert.equal(environment.AUTHENTIK_HOST, "http://127.0.0.1:9005");
    assert.equal(environment.AUTHENTIK_LISTEN__LDAP, "10.20.30.11:3389");
    const outposts = { ldap: null, radius: null };
    const none = change(authentik, { signOn: { ...authentik.signOn, outposts } });
    const names = evaluateHost<string[]>(
      upload("authentik", none),
      "authentik",
      `lib.attrNames systemd.services`,
    );
    assert.deepEqual(
      names.filter((name) => /authentik-(ldap|radius)/.test(name)),
      [],
    );
  });

  it("opens no port to everyone", () => {
    const open = evaluateHost<number[]>(
      upload("authentik", authentik),
      "authentik",
      "networking.firewall.allowedTCPPorts",
    );
    assert.deepEqual(open, []);
  });

  it("answers RADIUS to the networks that the manifest names", () => {
    const rules = (slice: typeof authentik) =>
      evaluateHost<string>(
        upload("authentik", slice),
        "authentik",
        "networking.firewall.extraInputRules",
      );
    const networks = ["10.20.30.0/24", "10.9.0.0/16"];
    const outpost = { clientNetworks: networks, tokenFile: "/srv/t" };
    const outposts = { ldap: null, radius: outpost };
    const asked = rules(change(authentik, { signOn: { ...authentik.signOn, outposts } }));
    assert.match(asked, /ip saddr \{ 10\.20\.30\.0\/24, 10\.9\.0\.0\/16 \} udp dport 1812 accept/);
    const none = { ldap: null, radius: null };
    const silent = rules(change(authentik, { signOn: { ...authentik.signOn, outposts: none } }));
    assert.doesNotMatch(silent, /1812/);
  });

  const refused = (overrides: Overrides) =>
    refusal(upload("authentik", change(authentik, overrides)), "authentik");

  it("says what the manifest lacks", () => {
    assert.match(refused({ databases: {} }), /Authentik needs exactly one database and has 0/);
    assert.match(refused({ signOn: null }), /it is not the homelab's identity provider/);
    assert.match(refused({ service: { ports: [] } }), /Authentik needs a port to listen on/);
    const { "secret-key": _, ...secrets } = authentik.secrets as Record<string, object>;
    assert.match(refused({ secrets }), /Authentik needs the secret secret-key/);
  });
});
