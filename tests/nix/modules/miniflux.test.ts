import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "mocha";
import { evaluateHost, refusal, upload } from "../nix";
import { change, samples, signIn, type Overrides } from "../samples";

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

  describe("as a client of the identity provider", () => {
    const client = (changes: Partial<ReturnType<typeof signIn>> = {}): Overrides => ({
      signIns: { default: { ...signIn("feeds", "oauth2/oidc/callback"), ...changes } },
    });
    const of = <T>(expression: string, overrides: Overrides = client()) =>
      evaluateHost<T>(
        upload("miniflux", change(samples.miniflux, overrides)),
        "miniflux",
        expression,
      );
    const refused = (changes: Partial<ReturnType<typeof signIn>>) =>
      refusal(upload("miniflux", change(samples.miniflux, client(changes))), "miniflux");

    it("asks the provider that the manifest names, and has its secret from a file", () => {
      const { environment, serviceConfig } = of<Unit>(
        "{ inherit (systemd.services.miniflux) environment serviceConfig; }",
      );
      const own = Object.entries(environment).filter(([name]) => name.startsWith("OAUTH2_"));
      assert.deepEqual(Object.fromEntries(own), {
        OAUTH2_PROVIDER: "oidc",
        OAUTH2_OIDC_DISCOVERY_ENDPOINT: "https://login.home.example/application/o/feeds/",
        OAUTH2_CLIENT_ID: "feeds",
        OAUTH2_CLIENT_SECRET_FILE: "%d/client-secret",
        OAUTH2_REDIRECT_URL: "https://feeds.home.example/oauth2/oidc/callback",
        OAUTH2_USER_CREATION: "1",
      });
      const credential = "client-secret:/srv/nixmox/secrets/client-secret";
      assert.ok(serviceConfig.LoadCredential.includes(credential));
    });

    it("keeps its administrator, who signs in with a password", () => {
      const { ADMIN_USERNAME, DISABLE_LOCAL_AUTH } = of<Record<string, string>>(
        "systemd.services.miniflux.environment",
      );
      assert.deepEqual([ADMIN_USERNAME, DISABLE_LOCAL_AUTH], ["admin", "0"]);
    });

    it("accepts no password where it has no administrator", () => {
      const { environment, serviceConfig } = of<Unit>(
        "{ inherit (systemd.services.miniflux) environment serviceConfig; }",
        { ...client(), secrets: {} },
      );
      const { ADMIN_USERNAME, CREATE_ADMIN, DISABLE_LOCAL_AUTH } = environment;
      assert.deepEqual([ADMIN_USERNAME, CREATE_ADMIN, DISABLE_LOCAL_AUTH], [undefined, "0", "1"]);
      assert.deepEqual(serviceConfig.ExecStartPost, []);
      assert.ok(!serviceConfig.LoadCredential.some((entry) => entry.startsWith("admin-password")));
    });

    it("may be a public client, without a secret", () => {
      const { environment, serviceConfig } = of<Unit>(
        "{ inherit (systemd.services.miniflux) environment serviceConfig; }",
        client({ clientType: "public", clientSecretFile: null }),
      );
      assert.equal(environment.OAUTH2_CLIENT_ID, "feeds");
      assert.equal(environment.OAUTH2_CLIENT_SECRET_FILE, undefined);
      assert.ok(!serviceConfig.LoadCredential.some((entry) => entry.startsWith("client-secret")));
    });

    for (const [what, changes, message] of [
      [
        "another claim for the name",
        { usernameClaim: "nickname" },
        /claim preferred_username and from no other\. Leave `interface\.auth\.oidc\.username_claim`/,
      ],
      [
        "a group of administrators",
        { adminGroup: "operators" },
        /no group makes its members administrators\. Leave `interface\.auth\.oidc\.admin_group`/,
      ],
      [
        "fewer scopes than it asks for",
        { scopes: ["openid"] },
        /Add profile and email to `interface\.auth\.oidc\.scopes`/,
      ],
      [
        "an address to which it does not answer",
        { redirectUris: ["https://feeds.home.example/callback"] },
        /redirect_uris` to https:\/\/miniflux\.home\.example\/oauth2\/oidc\/callback/,
      ],
    ] as const satisfies readonly (readonly [string, Parameters<typeof client>[0], RegExp])[]) {
      it(`refuses ${what}`, () => assert.match(refused(changes), message));
    }
  });

  it("needs somebody who can sign in", () => {
    const flake = upload("miniflux", change(samples.miniflux, { secrets: {} }));
    assert.match(refusal(flake, "miniflux"), /Miniflux's administrator needs a password/);
  });
});
