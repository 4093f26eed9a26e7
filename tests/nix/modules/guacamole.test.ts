import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { evaluateHost, refusal, upload } from "../nix";
import { caddy, change, database, type Overrides, route, signIn, slice } from "../samples";

interface Host {
  settings: Record<string, unknown>;
  guacd: { host: string; port: number };
  serverXml: string;
  application: string;
  java: string;
  files: string[];
  environment: Record<string, string>;
  preStart: string;
  loadCredential: string[];
}

const own = route("desk.home.example", "10.20.30.32:8081");
const sample = slice("guacamole", {
  service: {
    ip: "10.20.30.32",
    hostname: "guacamole.host.home.example",
    ports: [8081],
    unit: "tomcat.service",
  },
  databases: database("default", "desks", "desk"),
  routes: { default: own },
  certificate: { certFile: "/srv/keys/server.crt", keyFile: "/srv/keys/server.key" },
  secrets: {
    "admin-password": { path: "/srv/keys/admin", owner: "root", mode: "0400", env: null },
  },
  peers: { caddy },
});

const expression = `{
  inherit (services.guacamole-client) settings;
  guacd = { inherit (services.guacamole-server) host port; };
  inherit (services.tomcat) serverXml;
  application = (builtins.head services.tomcat.webapps).script;
  java = toString services.tomcat.javaOpts;
  files = builtins.filter (name: builtins.match "guacamole/.*jar" name != null) (builtins.attrNames environment.etc);
  inherit (systemd.services.tomcat) environment preStart;
  loadCredential = systemd.services.tomcat.serviceConfig.LoadCredential;
}`;
const evaluate = (overrides: Overrides = {}) =>
  evaluateHost<Host>(upload("guacamole", change(sample, overrides)), "guacamole", expression);
const refused = (overrides: Overrides) =>
  refusal(upload("guacamole", change(sample, overrides)), "guacamole");

const client = (changes: Partial<ReturnType<typeof signIn>> = {}): Overrides => ({
  signIns: {
    default: {
      ...signIn("guacamole", ""),
      clientType: "public",
      clientSecretFile: null,
      redirectUris: [own.url],
      adminGroup: "operators",
      ...changes,
    },
  },
});

describe("the guacamole module", () => {
  let host: Host;
  before(() => {
    host = evaluate();
  });

  it("keeps guacd to its own host, and its data in a database over verified TLS", () => {
    assert.deepEqual(host.guacd, { host: "127.0.0.1", port: 4822 });
    const { "postgresql-ssl-root-cert-file": certificate, ...settings } = host.settings;
    assert.match(String(certificate), /-ca\.crt$/);
    assert.deepEqual(settings, {
      "guacd-hostname": "127.0.0.1",
      "guacd-port": 4822,
      "enable-file-environment-properties": true,
      "postgresql-hostname": "postgresql.home.example",
      "postgresql-port": 5433,
      "postgresql-database": "desks",
      "postgresql-username": "desk",
      "postgresql-ssl-mode": "verify-full",
    });
    assert.deepEqual(host.files, [
      "guacamole/extensions/guacamole-auth-jdbc-postgresql.jar",
      "guacamole/lib/postgresql-jdbc.jar",
    ]);
  });

  it("reads its secrets from files", () => {
    assert.deepEqual([...host.loadCredential].sort(), [
      "admin-password:/srv/keys/admin",
      "certificate:/srv/keys/server.crt",
      "database:/srv/nixmox/secrets/database-default",
      "key:/srv/keys/server.key",
    ]);
    assert.equal(host.environment.POSTGRESQL_PASSWORD_FILE, "/run/tomcat/database-password");
    assert.match(host.preStart, /\/bin\/prepare-database$/m);
  });

  it("listens for the proxy at its own address, with the certificate that it has", () => {
    assert.match(host.serverXml, /address="10\.20\.30\.32" port="8081"/);
    assert.match(host.serverXml, /<Server port="-1">/);
    assert.match(
      host.serverXml,
      /certificateFile="\/run\/credentials\/tomcat\.service\/certificate"/,
    );
    assert.match(host.serverXml, /internalProxies="10\\\.20\\\.30\\\.5"/);
    const plain = evaluate({ certificate: null }).serverXml;
    assert.doesNotMatch(plain, /SSL|certificate/);
    assert.match(plain, /<Connector address="10\.20\.30\.32" port="8081" [^>]*\/>/);
  });

  it("answers below the path of its route", () => {
    assert.match(host.application, /webapps\/ROOT\.war"/);
    const below = (path: string) => evaluate({ routes: { default: { ...own, path } } }).application;
    assert.match(below("/desks"), /webapps\/desks\.war"/);
    assert.match(below("/remote/desks"), /webapps\/remote#desks\.war"/);
  });

  it("trusts the homelab's authority", () => {
    assert.match(host.java, /-Djavax\.net\.ssl\.trustStore=\/\S+-truststore$/);
  });

  describe("as a client of the identity provider", () => {
    const own = ({ settings }: Host) =>
      Object.fromEntries(
        Object.entries(settings).filter(([name]) =>
          /^(openid|extension|postgresql-auto)/.test(name),
        ),
      );

    it("sends people there, and knows its administrators by their group", () => {
      const found = evaluate({ ...client(), secrets: {} });
      assert.deepEqual(own(found), {
        "openid-issuer": "https://login.home.example/application/o/guacamole/",
        "openid-authorization-endpoint": "https://login.home.example/application/o/authorize/",
        "openid-jwks-endpoint": "https://login.home.example/application/o/guacamole/jwks/",
        "openid-client-id": "guacamole",
        "openid-redirect-uri": "https://desk.home.example/",
        "openid-scope": "openid email profile",
        "openid-username-claim-type": "preferred_username",
        "openid-groups-claim-type": "groups",
        "postgresql-auto-create-accounts": true,
        "extension-priority": "openid",
      });
      assert.ok(found.files.includes("guacamole/extensions/guacamole-auth-sso-openid.jar"));
      assert.ok(!found.loadCredential.some((each) => each.startsWith("admin-password")));
    });

    it("keeps its form for passwords if it has an administrator of its own", () => {
      assert.equal(own(evaluate(client()))["extension-priority"], "*, openid");
    });

    for (const [what, changes, message] of [
      [
        "an address to which people do not come back",
        { redirectUris: ["https://desk.home.example/guacamole/"] },
        /Add https:\/\/desk\.home\.example\/ to `interface\.auth\.oidc\.redirect_uris`/,
      ],
      [
        "a provider that gives no tokens to browsers",
        { issuer: "https://login.home.example/realms/home" },
        /which Keycloak gives to no client here\. Set .* or use Authentik/,
      ],
      [
        "fewer scopes than it asks for",
        { scopes: ["openid"] },
        /Add profile to `interface\.auth\.oidc\.scopes`/,
      ],
    ] as const satisfies readonly (readonly [string, Parameters<typeof client>[0], RegExp])[]) {
      it(`refuses ${what}`, () => assert.match(refused(client(changes)), message));
    }

    it("needs somebody who sets up connections", () => {
      assert.match(
        refused({ ...client({ adminGroup: null }), secrets: {} }),
        /nobody could set up connections in Guacamole\. Set `interface\.auth\.oidc\.admin_group`/,
      );
    });

    it("needs a route that people come back to", () => {
      assert.match(
        refused({ ...client(), routes: {} }),
        /no public address.*Set `interface\.route/,
      );
    });
  });

  for (const [what, overrides, message] of [
    ["to have no database", { databases: {} }, /needs exactly one database and has 0/],
    ["to have no port", { service: { ports: [] } }, /Set `ports = \[8080\]` in the manifest/],
    [
      "another unit than Tomcat's",
      { service: { unit: "guacamole.service" } },
      /Set `unit = "tomcat\.service"` in the manifest/,
    ],
  ] as const satisfies readonly (readonly [string, Overrides, RegExp])[]) {
    it(`refuses ${what}`, () => assert.match(refused(overrides), message));
  }
});
