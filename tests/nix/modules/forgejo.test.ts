import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { evaluateHost, refusal, upload } from "../nix";
import { change, samples, signIn, type Overrides } from "../samples";

type Settings = Record<string, Record<string, unknown>>;

interface Unit {
  environment: Record<string, string>;
  preStart: string;
  serviceConfig: { LoadCredential: string[]; ExecStartPost: string[] };
}

const { forgejo } = samples;
const withSignIn = (changes: Partial<ReturnType<typeof signIn>>): Overrides => ({
  signIns: { default: { ...signIn("forgejo", "user/oauth2/sso/callback"), ...changes } },
});
const { "client-secret": _, ...ownSecrets } = forgejo.secrets;
/** Without the identity provider. */
const alone: Overrides = { signIns: {}, secrets: ownSecrets };

describe("the forgejo module", () => {
  const of = <T>(expression: string, overrides: Overrides = {}) =>
    evaluateHost<T>(upload("forgejo", change(forgejo, overrides)), "forgejo", expression);
  const refused = (overrides: Overrides) =>
    refusal(upload("forgejo", change(forgejo, overrides)), "forgejo");

  let settings: Settings;
  let unit: Unit;
  before(() => {
    const values = of<{ settings: Settings; unit: Unit }>(`{
      inherit (services.forgejo) settings;
      unit = { inherit (systemd.services.forgejo) environment preStart serviceConfig; };
    }`);
    ({ settings, unit } = values);
  });

  it("takes its addresses from the manifest", () => {
    const { PROTOCOL, HTTP_ADDR, HTTP_PORT, DOMAIN, ROOT_URL } = settings.server!;
    assert.deepEqual([PROTOCOL, HTTP_ADDR, HTTP_PORT], ["https", "10.20.30.17", 3001]);
    assert.deepEqual([DOMAIN, ROOT_URL], ["forgejo.home.example", "https://forgejo.home.example/"]);
    assert.equal(settings.security!.REVERSE_PROXY_TRUSTED_PROXIES, "10.20.30.5");
  });

  it("believes its database's certificate alone", () => {
    const { HOST, NAME, USER, SSL_MODE } = settings.database!;
    assert.deepEqual(
      [HOST, NAME, USER, SSL_MODE],
      ["postgresql.home.example:5433", "code", "coder", "verify-full"],
    );
    assert.equal(unit.environment.PGSSLMODE, "verify-full");
    assert.match(unit.environment.PGSSLROOTCERT!, /-ca\.crt$/);
  });

  it("reads its secrets from files", () => {
    const own = unit.serviceConfig.LoadCredential.filter((entry) => !entry.includes("/custom/"));
    assert.deepEqual(own.sort(), [
      "FORGEJO__DATABASE__PASSWD__FILE:/srv/nixmox/secrets/database-default",
      "certificate:/srv/keys/server.crt",
      "client-secret:/srv/nixmox/secrets/client-secret",
      "key:/srv/keys/server.key",
    ]);
  });

  it("lets people sign in at the provider, and nowhere else", () => {
    const { service, oauth2_client: client, openid } = settings;
    assert.equal(service!.ENABLE_INTERNAL_SIGNIN, false);
    assert.equal(service!.ALLOW_ONLY_EXTERNAL_REGISTRATION, true);
    assert.equal(service!.REQUIRE_SIGNIN_VIEW, true);
    assert.equal(openid!.ENABLE_OPENID_SIGNIN, false);
    assert.equal(client!.ENABLE_AUTO_REGISTRATION, true);
    assert.equal(client!.ACCOUNT_LINKING, "disabled");
  });

  for (const [claim, word] of [
    ["preferred_username", "username"],
    ["nickname", "nickname"],
    ["email", "email"],
    ["sub", "userid"],
  ] as const) {
    it(`names users by the claim ${claim}`, () => {
      const expression = "services.forgejo.settings.oauth2_client.USERNAME";
      assert.equal(of(expression, withSignIn({ usernameClaim: claim })), word);
    });
  }

  it("keeps its local sign-in where there is no provider", () => {
    const { service, oauth2_client: client } = of<Settings>("services.forgejo.settings", alone);
    assert.equal(service!.ENABLE_INTERNAL_SIGNIN, true);
    assert.equal(service!.DISABLE_REGISTRATION, true);
    assert.equal(client, undefined);
    const prepared = of<string>("systemd.services.forgejo.preStart", alone);
    assert.match(prepared, /-create-administrator$/m);
    assert.doesNotMatch(prepared, /apply-sign-in/);
  });

  it("sets up the provider and the administrator once its tables are there", () => {
    const order = ["migrate", "apply-sign-in", "create-administrator"].map((step) =>
      unit.preStart.search(new RegExp(step)),
    );
    assert.ok(
      order.every((at) => at > 0),
      unit.preStart,
    );
    assert.deepEqual(
      order,
      [...order].sort((a, b) => a - b),
    );
  });

  it("has no administrator of its own if nothing gives it a password", () => {
    const { "admin-password": _, ...secrets } = forgejo.secrets;
    const { preStart, post, basic } = of<{ preStart: string; post: string[]; basic: boolean }>(
      `{
        basic = services.forgejo.settings.service.ENABLE_BASIC_AUTHENTICATION;
        inherit (systemd.services.forgejo) preStart;
        post = systemd.services.forgejo.serviceConfig.ExecStartPost;
      }`,
      { secrets },
    );
    assert.doesNotMatch(preStart, /create-administrator/);
    assert.deepEqual(post, []);
    assert.equal(basic, false);
    assert.equal(settings.service!.ENABLE_BASIC_AUTHENTICATION, true);
    assert.match(
      unit.serviceConfig.ExecStartPost.join(),
      /^\+\S*apply-admin-password nixmox https:/,
    );
  });

  it("keeps large files, sends no mail and runs no actions, until a host's file says so", () => {
    assert.deepEqual(
      [settings.mailer!.ENABLED, settings.actions!.ENABLED, settings.server!.LFS_START_SERVER],
      [false, false, true],
    );
    const state = { directory: "/var/lib/forgejo", units: ["forgejo.service"] };
    assert.deepEqual(of("nixmox.state"), { forgejo: state });
  });

  it("offers SSH on a second port and no other, to those whom the manifest names", () => {
    assert.equal(settings.server!.DISABLE_SSH, true);
    const { server, ports } = of<{ server: Record<string, unknown>; ports: number[] }>(
      `{
        inherit (services.forgejo.settings) server;
        ports = networking.firewall.allowedTCPPorts;
      }`,
      { service: { ports: [3001, 2222] } },
    );
    const { DISABLE_SSH, START_SSH_SERVER, SSH_DOMAIN, SSH_LISTEN_HOST, SSH_PORT } = server;
    assert.deepEqual([DISABLE_SSH, START_SSH_SERVER], [false, true]);
    assert.deepEqual(
      [SSH_DOMAIN, SSH_LISTEN_HOST, SSH_PORT],
      ["forgejo.host.home.example", "10.20.30.17", 2222],
    );
    assert.deepEqual(ports, []);
  });

  for (const [what, overrides, message] of [
    [
      "nobody who could sign in",
      { signIns: {}, secrets: {} },
      /nobody could sign in to Forgejo\. Set `interface\.auth\.type = "oidc"`/,
    ],
    [
      "a public client",
      withSignIn({ clientType: "public", clientSecretFile: null }),
      /Forgejo cannot be a public client\. Leave `interface\.auth\.oidc\.client_type` out/,
    ],
    [
      "a claim that it cannot use",
      withSignIn({ usernameClaim: "upn" }),
      /from the claim upn\. Set `interface\.auth\.oidc\.username_claim` to one of email, nickname,/,
    ],
    [
      "an address to which Forgejo does not answer",
      withSignIn({ redirectUris: ["https://forgejo.home.example/callback"] }),
      /Set the first of `interface\.auth\.oidc\.redirect_uris` to https:\/\/forgejo\.home\.example\/user\/oauth2\/sso\/callback/,
    ],
    ["no database", { databases: {} }, /Forgejo needs exactly one database and has 0/],
  ] as const satisfies readonly (readonly [string, Overrides, RegExp])[]) {
    it(`refuses ${what}`, () => assert.match(refused(overrides), message));
  }
});
