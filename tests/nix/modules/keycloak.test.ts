import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "mocha";
import { evaluateHost, refusal, system, upload } from "../nix";
import { change, samples } from "../samples";

interface Unit {
  environment: Record<string, string | null>;
  serviceConfig: {
    ExecStart: string;
    ExecStartPost: string[];
    LoadCredential: string[];
    EnvironmentFile?: string;
  };
}

const unitOf = (name: string) =>
  evaluateHost<Unit>(
    upload("keycloak", samples.keycloak),
    "keycloak",
    `{ inherit (systemd.services.${name}) environment serviceConfig; }`,
  );

describe("the keycloak module", () => {
  let settings: Record<string, unknown>;
  let unit: Unit;
  before(() => {
    settings = evaluateHost(
      upload("keycloak", samples.keycloak),
      "keycloak",
      "services.keycloak.settings",
    );
    unit = unitOf("keycloak");
  });

  it("is known by its public address, whatever host a request names", () => {
    assert.equal(settings.hostname, "https://login.home.example");
  });

  it("serves TLS to the proxy, and plain HTTP at the deployment's port", () => {
    const { "https-port": https, "http-port": http, "http-enabled": enabled } = settings;
    assert.deepEqual([https, http, enabled], [8444, 8081, true]);
    const open = evaluateHost<number[]>(
      upload("keycloak", samples.keycloak),
      "keycloak",
      "networking.firewall.allowedTCPPorts",
    );
    assert.deepEqual(open, []);
  });

  it("tells its health to this host alone", () => {
    assert.equal(settings["http-management-host"], "127.0.0.1");
    assert.equal(settings["http-management-port"], 9000);
  });

  it("believes nobody but the proxy about who is asking", () => {
    assert.equal(settings["proxy-headers"], "xforwarded");
    assert.equal(settings["proxy-trusted-addresses"], "10.20.30.5");
  });

  it("connects to its database over TLS, and checks the server's name", () => {
    assert.equal(settings["db-url-host"], "postgresql.home.example");
    assert.equal(settings["db-url-port"], "5433");
    assert.equal(settings["db-url-database"], "people");
    assert.equal(settings["db-username"], "keeper");
    assert.match(
      String(settings["db-url-properties"]),
      /^\?ssl=true&sslmode=verify-full&sslrootcert=\/.*-ca\.crt$/,
    );
  });

  it("checks the server by the system's certificates where the homelab has no authority", () => {
    const checkout = upload("keycloak", samples.keycloak);
    rmSync(join(checkout, "ca.crt"));
    assert.match(evaluateHost<string>(checkout, "keycloak", system), /\.drv$/);
    assert.equal(
      evaluateHost(checkout, "keycloak", "services.keycloak.settings.db-url-properties"),
      "?ssl=true&sslmode=verify-full&sslrootcert=/etc/ssl/certs/ca-certificates.crt",
    );
  });

  it("reads every secret from its file", () => {
    const secret = (name: string) => ({ _secret: `/srv/nixmox/secrets/${name}` });
    assert.deepEqual(settings["bootstrap-admin-password"], secret("admin-password"));
    assert.deepEqual(settings["bootstrap-admin-client-secret"], secret("bootstrap-secret"));
    assert.deepEqual(settings["db-password"], secret("database-keycloak"));
    assert.deepEqual(unit.serviceConfig.LoadCredential.toSorted(), [
      "admin-password:/srv/nixmox/secrets/admin-password",
      "bootstrap-secret:/srv/nixmox/secrets/bootstrap-secret",
      "database-keycloak:/srv/nixmox/secrets/database-keycloak",
      "ssl_cert:/srv/keys/server.crt",
      "ssl_key:/srv/keys/server.key",
    ]);
    assert.equal(unit.environment.KC_BOOTSTRAP_ADMIN_PASSWORD, null);
  });

  it("has started once it is ready and its administrators' secrets are those of the files", () => {
    const [wait, apply] = unit.serviceConfig.ExecStartPost;
    assert.match(wait ?? "", /^\+\/\S*\/bin\/nixmox-keycloak wait$/);
    assert.match(apply ?? "", /^\+\/\S*\/bin\/nixmox-keycloak apply$/);
  });

  describe("answers the proxy with oauth2-proxy, which", () => {
    let flags: string[];
    let companion: Unit;
    before(() => {
      companion = unitOf("oauth2-proxy");
      flags = companion.serviceConfig.ExecStart.split(" ").slice(1);
    });
    const valuesOf = (name: string) =>
      flags
        .filter((flag) => flag.startsWith(`--${name}=`))
        .map((flag) => flag.slice(name.length + 3).replaceAll("'", ""));

    it("serves TLS and nothing else", () => {
      assert.deepEqual(valuesOf("https-address"), ["10.20.30.12:4181"]);
      assert.deepEqual(valuesOf("http-address"), ["-"]);
    });

    it("sends browsers to the public address and asks Keycloak on this host", () => {
      const realm = (base: string) => `${base}/realms/home/protocol/openid-connect`;
      assert.deepEqual(valuesOf("oidc-issuer-url"), ["https://login.home.example/realms/home"]);
      assert.deepEqual(valuesOf("login-url"), [`${realm("https://login.home.example")}/auth`]);
      assert.deepEqual(valuesOf("redirect-url"), ["https://login.home.example/oauth2/callback"]);
      assert.deepEqual(valuesOf("redeem-url"), [`${realm("http://127.0.0.1:8081")}/token`]);
      assert.deepEqual(valuesOf("oidc-jwks-url"), [`${realm("http://127.0.0.1:8081")}/certs`]);
      assert.deepEqual(valuesOf("skip-oidc-discovery"), ["true"]);
    });

    it("has one cookie for the homelab's names, safe from scripts and other sites", () => {
      assert.deepEqual(valuesOf("cookie-domain"), [".home.example"]);
      assert.deepEqual(valuesOf("whitelist-domain"), [".home.example"]);
      assert.deepEqual(valuesOf("cookie-secure"), ["true"]);
      assert.deepEqual(valuesOf("cookie-httponly"), ["true"]);
      assert.deepEqual(valuesOf("cookie-samesite"), ["lax"]);
      assert.deepEqual(valuesOf("cookie-refresh"), ["1m0s"]);
      assert.deepEqual(valuesOf("code-challenge-method"), ["S256"]);
    });

    it("lets in by groups, which come with each question, and by nothing else", () => {
      assert.deepEqual(valuesOf("oidc-groups-claim"), ["groups"]);
      assert.deepEqual(valuesOf("allowed-group"), []);
      assert.match(companion.serviceConfig.ExecStart, / --scope='openid profile email' /);
    });

    it("believes nobody but the proxy", () => {
      assert.deepEqual(valuesOf("reverse-proxy"), ["true"]);
      assert.deepEqual(valuesOf("trusted-proxy-ip"), ["10.20.30.5"]);
    });

    it("reads its secrets from files, and has none in its command or environment", () => {
      assert.deepEqual(companion.serviceConfig.LoadCredential, [
        "client-secret:/srv/nixmox/secrets/forward-auth-secret",
        "cookie-secret:/srv/nixmox/secrets/cookie-secret",
        "certificate:/srv/keys/server.crt",
        "key:/srv/keys/server.key",
      ]);
      assert.equal(companion.serviceConfig.EnvironmentFile, undefined);
      assert.deepEqual([...valuesOf("client-secret"), ...valuesOf("cookie-secret")], []);
    });
  });

  const refused = (overrides: Parameters<typeof change>[1]) =>
    refusal(upload("keycloak", change(samples.keycloak, overrides)), "keycloak");

  it("is refused without what it needs, with the key to set", () => {
    assert.match(refused({ signOn: null }), /Set `provides = \["sso"\]` in the manifest/);
    assert.match(refused({ databases: {} }), /needs exactly one database and has 0/);
    assert.match(refused({ certificate: null }), /Set `upstream_tls = true` for its route/);
    const { "cookie-secret": _, ...secrets } = samples.keycloak.secrets;
    assert.match(refused({ secrets }), /Set `interface\.secrets\.cookie-secret = \{\}`/);
  });
});
