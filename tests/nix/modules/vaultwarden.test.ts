import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "mocha";
import { evaluateHost, project, refusal, scratch, upload } from "../nix";
import { change, database, type Overrides, route, signIn, slice } from "../samples";

interface Host {
  config: Record<string, unknown>;
  dbBackend: string;
  environment: Record<string, string>;
  serviceConfig: { LoadCredential: string[]; ExecStartPre: string[]; RuntimeDirectory: string };
  state: Record<string, { directory: string; units: string[] }>;
}

const sample = slice("vaultwarden", {
  service: { ip: "10.20.30.31", hostname: "vaultwarden.host.home.example", ports: [8222] },
  databases: database("default", "vault", "warden"),
  routes: {
    default: route("vaultwarden.home.example", "10.20.30.31:8222"),
  },
  certificate: { certFile: "/srv/keys/server.crt", keyFile: "/srv/keys/server.key" },
  secrets: {
    "admin-token": { path: "/srv/keys/admin-token", owner: "root", mode: "0400", env: null },
  },
});

const expression = `{
  inherit (services.vaultwarden) config dbBackend;
  inherit (systemd.services.vaultwarden) environment serviceConfig;
  inherit (nixmox) state;
}`;
const evaluate = (overrides: Overrides = {}) =>
  evaluateHost<Host>(upload("vaultwarden", change(sample, overrides)), "vaultwarden", expression);
const refused = (overrides: Overrides) =>
  refusal(upload("vaultwarden", change(sample, overrides)), "vaultwarden");

const client = (changes: Partial<ReturnType<typeof signIn>> = {}): Overrides => ({
  signIns: {
    default: { ...signIn("vaultwarden", "identity/connect/oidc-signin"), ...changes },
  },
});

describe("the vaultwarden module", () => {
  let host: Host;
  before(() => {
    host = evaluate();
  });

  it("takes its addresses from the manifest, and lets nobody in uninvited", () => {
    assert.deepEqual(
      { ...host.config, DATABASE_URL: undefined },
      {
        DOMAIN: "https://vaultwarden.home.example",
        ROCKET_ADDRESS: "0.0.0.0",
        ROCKET_PORT: 8222,
        IP_HEADER: "X-Forwarded-For",
        SIGNUPS_ALLOWED: false,
        CONFIG_FILE: "/run/vaultwarden/config.json",
        DATABASE_URL: undefined,
      },
    );
  });

  it("connects to its database over verified TLS, with its password in a file", () => {
    assert.equal(host.dbBackend, "postgresql");
    assert.match(
      String(host.config.DATABASE_URL),
      /^postgresql:\/\/warden@postgresql\.home\.example:5433\/vault\?sslmode=verify-full&sslrootcert=\/\S*-ca\.crt$/,
    );
    assert.equal(host.environment.PGPASSFILE, "/run/vaultwarden/pgpass");
  });

  it("keeps its data in a file if it has no database", () => {
    const { config, dbBackend, environment, serviceConfig } = evaluate({ databases: {} });
    assert.deepEqual(
      [config.DATABASE_URL, dbBackend, environment.PGPASSFILE],
      [undefined, "sqlite", undefined],
    );
    assert.ok(!serviceConfig.LoadCredential.some((each) => each.startsWith("database:")));
  });

  it("reads its secrets from files, the token as a hash", () => {
    assert.deepEqual(host.serviceConfig.LoadCredential, [
      "database:/srv/nixmox/secrets/database-default",
      "admin-token:/srv/keys/admin-token",
      "certificate:/srv/keys/server.crt",
      "key:/srv/keys/server.key",
    ]);
    const [pgpass, token] = host.serviceConfig.ExecStartPre;
    assert.match(pgpass!, /-write-pgpass$/);
    assert.match(
      token!,
      /write-admin-token\/bin\/write-admin-token \/run\/vaultwarden\/admin-token$/,
    );
    assert.equal(host.environment.ADMIN_TOKEN_FILE, "/run/vaultwarden/admin-token");
    assert.equal(host.config.ADMIN_TOKEN, undefined);
  });

  it("serves TLS with the certificate that it has, and plain HTTP without one", () => {
    assert.equal(host.environment.ROCKET_TLS, '{certs="%d/certificate",key="%d/key"}');
    const plain = evaluate({ certificate: null, routes: {} });
    assert.equal(plain.environment.ROCKET_TLS, undefined);
    assert.equal(plain.config.DOMAIN, "http://10.20.30.31:8222");
    assert.equal(
      evaluate({ routes: {} }).config.DOMAIN,
      "https://vaultwarden.host.home.example:8222",
    );
  });

  it("names its folder", () => {
    assert.deepEqual(host.state.vaultwarden, {
      directory: "/var/lib/vaultwarden",
      units: ["vaultwarden.service"],
    });
  });

  describe("as a client of the identity provider", () => {
    const own = (config: Record<string, unknown>) =>
      Object.fromEntries(Object.entries(config).filter(([name]) => name.startsWith("SSO_")));

    it("lets people sign in there and nowhere else, and has its secret from a file", () => {
      const { config, environment, serviceConfig } = evaluate({ ...client(), secrets: {} });
      assert.deepEqual(own(config), {
        SSO_ENABLED: true,
        SSO_ONLY: true,
        SSO_AUTHORITY: "https://login.home.example/application/o/vaultwarden/",
        SSO_CLIENT_ID: "vaultwarden",
        SSO_SCOPES: "email profile",
        SSO_AUTH_ONLY_NOT_SESSION: true,
      });
      assert.equal(environment.SSO_CLIENT_SECRET_FILE, "%d/client-secret");
      assert.ok(
        serviceConfig.LoadCredential.includes("client-secret:/srv/nixmox/secrets/client-secret"),
      );
      assert.equal(environment.ADMIN_TOKEN_FILE, undefined);
    });

    it("ends its sessions with the provider's if it may ask again", () => {
      const scopes = ["openid", "email", "offline_access"];
      const { SSO_SCOPES, SSO_AUTH_ONLY_NOT_SESSION } = evaluate(client({ scopes })).config;
      assert.deepEqual([SSO_SCOPES, SSO_AUTH_ONLY_NOT_SESSION], ["email offline_access", false]);
    });

    it("warns if the provider would not send people back to it", () => {
      const warnings = (overrides: Overrides) =>
        evaluateHost<string[]>(
          upload("vaultwarden", change(sample, overrides)),
          "vaultwarden",
          "configuration.warnings",
        );
      assert.deepEqual(warnings(client()), []);
      const redirectUris = ["https://vaultwarden.home.example/oidc/callback"];
      const [warning] = warnings(client({ redirectUris }));
      assert.match(
        warning!,
        /called back at https:\/\/vaultwarden\.home\.example\/identity\/connect\/oidc-signin.*Add it to `interface\.auth\.oidc\.redirect_uris`/,
      );
    });

    for (const [what, changes, message] of [
      [
        "to be a public client",
        { clientType: "public", clientSecretFile: null },
        /cannot be a public client\. Leave `interface\.auth\.oidc\.client_type`/,
      ],
      [
        "users without a mail address",
        { scopes: ["openid", "profile"] },
        /Add email to `interface\.auth\.oidc\.scopes`/,
      ],
      [
        "another claim for the name",
        { usernameClaim: "nickname" },
        /claim preferred_username and from no other\. Leave `interface\.auth\.oidc\.username_claim`/,
      ],
      [
        "a group of administrators",
        { adminGroup: "operators" },
        /no group makes its members administrators.*Leave `interface\.auth\.oidc\.admin_group`/,
      ],
    ] as const satisfies readonly (readonly [string, Parameters<typeof client>[0], RegExp])[]) {
      it(`refuses ${what}`, () => assert.match(refused(client(changes)), message));
    }
  });

  it("needs somebody who can get an account", () => {
    assert.match(refused({ secrets: {} }), /nobody could get an account of Vaultwarden\. Set/);
  });

  it("refuses several databases, and to have no port", () => {
    const { default: one } = sample.databases;
    assert.match(
      refused({ databases: { one: one!, other: one! } }),
      /can use one database and has 2\. Keep one of `interface\.dbs`/,
    );
    assert.match(refused({ service: { ports: [] } }), /Set `ports = \[8080\]` in the manifest/);
  });

  describe("writes the administrators' token", () => {
    /** What the file has for a value, with a program in Argon2's place that shows what it was told. */
    const written = (value: string): string => {
      const folder = mkdtempSync(join(scratch, "token-"));
      const hash = '#!/bin/bash\nprintf \'hash of %s with %s\\n\' "$(cat)" "${*:2}"\n';
      writeFileSync(join(folder, "argon2"), hash, { mode: 0o755 });
      writeFileSync(join(folder, "admin-token"), value);
      const file = join(folder, "written");
      const script = join(project, "nixos/modules/vaultwarden/write-admin-token.sh");
      for (const _ of ["first", "again"]) {
        const { status, stderr } = spawnSync("bash", ["-euo", "pipefail", script, file], {
          env: { PATH: `${folder}:${process.env.PATH}`, CREDENTIALS_DIRECTORY: folder },
          encoding: "utf8",
        });
        assert.deepEqual([status, stderr], [0, ""]);
      }
      assert.equal(statSync(file).mode & 0o777, 0o400);
      return readFileSync(file, "utf8").trimEnd();
    };

    it("as a hash, without the token in a command line", () => {
      assert.equal(written("to ken$1\n"), "hash of to ken$1 with -id -t 3 -k 65540 -p 4 -l 32 -e");
    });

    it("as it is, if it is such a hash", () => {
      const hash = "$argon2id$v=19$m=65540,t=3,p=4$c2FsdA$aGFzaA";
      assert.equal(written(hash), hash);
    });
  });
});
