import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { evaluateHost, refusal, upload } from "../nix";
import { change, database, type Overrides, route, samples, signIn } from "../samples";

const own = route("grafana.home.example", "10.20.30.16:3001");
const client = {
  ...signIn("grafana", "login/generic_oauth"),
  adminGroup: "operators" as string | null,
};
const secretOf = (name: string) => ({
  [name]: { path: `/srv/keys/${name}`, owner: "root", mode: "0400", env: null },
});
const routes = { ...samples.monitoring.routes, grafana: own };
const whole: Overrides = {
  routes,
  signIns: { grafana: client },
  secrets: { ...secretOf("admin-password"), ...secretOf("grafana-key") },
  certificate: { certFile: "/srv/keys/s.crt", keyFile: "/srv/keys/s.key" },
};
const host = (overrides: Overrides) =>
  upload("monitoring", change(samples.monitoring, { ...whole, ...overrides }));
const of = <T>(expression: string, overrides: Overrides = {}) =>
  evaluateHost<T>(host(overrides), "monitoring", expression);
type Settings = Record<string, Record<string, unknown>>;
const settings = (overrides: Overrides = {}) =>
  of<Settings>("services.grafana.settings", overrides);
const fileOf = (name: string) => `$__file{/run/credentials/grafana.service/${name}}`;

describe("Grafana in the monitoring module", () => {
  it("is not there without a route of its name", () => {
    assert.equal(of("services.grafana.enable", { routes: samples.monitoring.routes }), false);
  });

  it("serves TLS at its own address and knows its public one", () => {
    const { server } = settings();
    assert.deepEqual(
      [server!.protocol, server!.http_addr, server!.http_port, server!.root_url],
      ["https", "10.20.30.16", 3001, "https://grafana.home.example/"],
    );
    assert.equal(settings({ certificate: null }).server!.protocol, "http");
  });

  it("signs people in at the identity provider alone, and makes administrators by their group", () => {
    const { auth, security, "auth.generic_oauth": oauth } = settings();
    assert.equal(auth!.disable_login_form, true);
    assert.equal(security!.disable_initial_admin_creation, true);
    assert.equal(oauth!.auth_url, "https://login.home.example/application/o/authorize/");
    assert.equal(
      oauth!.role_attribute_path,
      `contains("groups"[*], 'operators') && 'GrafanaAdmin' || 'Viewer'`,
    );
    const issuer = "https://login.home.example/realms/home";
    const { "auth.generic_oauth": other } = settings({
      signIns: { grafana: { ...client, issuer, adminGroup: null } },
    });
    assert.equal(other!.token_url, `${issuer}/protocol/openid-connect/token`);
    assert.equal(other!.role_attribute_path, "'Viewer'");
  });

  it("reads secrets from files that it alone is given", () => {
    const password = "/srv/nixmox/secrets/database-grafana";
    const databases = database("grafana", "graphs", "painter");
    const { security, database: stored, "auth.generic_oauth": oauth } = settings({ databases });
    assert.equal(security!.secret_key, fileOf("key"));
    assert.equal(oauth!.client_secret, fileOf("client-secret"));
    assert.deepEqual(
      [stored!.host, stored!.password, stored!.ssl_mode],
      ["postgresql.home.example:5433", fileOf("database"), "verify-full"],
    );
    assert.deepEqual(
      of<string[]>("systemd.services.grafana.serviceConfig.LoadCredential", { databases }),
      [
        "key:/srv/keys/grafana-key",
        "client-secret:/srv/nixmox/secrets/client-secret",
        "admin-password:/srv/keys/admin-password",
        `database:${password}`,
        "certificate:/srv/keys/s.crt",
        "key-of-certificate:/srv/keys/s.key",
      ],
    );
  });

  it("asks Prometheus, Alertmanager and, if it is here, Loki", () => {
    interface Source {
      readonly name: string;
      readonly url: string;
      readonly secureJsonData?: { readonly basicAuthPassword: string };
    }
    const sources = (overrides: Overrides = {}) =>
      of<Source[]>("services.grafana.provision.datasources.settings.datasources", overrides);
    const urls = (all: Source[]) => all.map(({ name, url }) => `${name} ${url}`);
    const own = "https://monitoring.home.example";
    assert.deepEqual(urls(sources()), [`Prometheus ${own}:9091`, `Alertmanager ${own}:9094`]);
    assert.equal(sources()[0]!.secureJsonData!.basicAuthPassword, fileOf("admin-password"));
    const ports = [9091, 9094, 3001, 3100];
    assert.deepEqual(urls(sources({ service: { ports } })).at(-1), `Loki ${own}:3100`);
  });

  it("needs no password of Prometheus where the proxy guards it", () => {
    const guarded = Object.fromEntries(
      Object.entries(samples.monitoring.routes).map(([key, each]) => [
        key,
        { ...each, guarded: true },
      ]),
    );
    const overrides = {
      routes: { ...guarded, grafana: own },
      secrets: secretOf("grafana-key"),
    };
    const loaded = of<string[]>("systemd.services.grafana.serviceConfig.LoadCredential", overrides);
    assert.equal(
      loaded.some((each) => each.startsWith("admin-password")),
      false,
    );
  });

  it("may compile while it runs, as NixOS's own module lets it", () => {
    const denied = "systemd.services.grafana.serviceConfig.MemoryDenyWriteExecute";
    assert.equal(of(denied), false);
  });

  for (const [what, overrides, message] of [
    [
      "at the port of another",
      { routes: { ...routes, grafana: { ...own, upstream: "10.20.30.16:9091" } } },
      /Set `interface\.routes\.grafana\.upstream/,
    ],
    ["without a sign-in", { signIns: {} }, /Set `interface\.routes\.grafana\.auth\.type = "oidc"`/],
    [
      "behind a guard",
      { routes: { ...routes, grafana: { ...own, guarded: true } } },
      /leave out `authz`/,
    ],
    [
      "as a public client",
      { signIns: { grafana: { ...client, clientSecretFile: null } } },
      /cannot be a public client/,
    ],
    [
      "with another callback",
      { signIns: { grafana: { ...client, redirectUris: ["https://grafana.home.example/cb"] } } },
      /redirect_uris = \["https:\/\/grafana\.home\.example\/login\/generic_oauth"\]/,
    ],
    [
      "with an unknown provider",
      { signIns: { grafana: { ...client, issuer: "https://dex.home.example" } } },
      /Use Authentik or Keycloak/,
    ],
    [
      "with two databases",
      {
        databases: {
          one: samples.miniflux.databases.feeds!,
          two: samples.miniflux.databases.feeds!,
        },
      },
      /Grafana has one database or none, and not 2\. Leave one in `interface\.dbs`/,
    ],
    [
      "without a key",
      { secrets: secretOf("admin-password") },
      /Set `interface\.secrets\.grafana-key = \{\}`/,
    ],
  ] as const satisfies readonly (readonly [string, Overrides, RegExp])[]) {
    it(`is refused ${what}`, () => {
      assert.match(refusal(host(overrides), "monitoring"), message);
    });
  }
});

describe("Loki in the monitoring module", () => {
  it("listens at its port if the service has it, and deletes what is old", () => {
    const overrides = { service: { ports: [9091, 9094, 3100] }, routes: samples.monitoring.routes };
    const { server, compactor } = of<Settings>("services.loki.configuration", overrides);
    assert.deepEqual(
      [server!.http_listen_address, server!.http_listen_port],
      ["10.20.30.16", 3100],
    );
    assert.equal(server!.grpc_listen_address, "127.0.0.1");
    assert.equal(compactor!.retention_enabled, true);
    assert.equal(of("services.loki.enable", { routes: samples.monitoring.routes }), false);
  });

  for (const ports of [
    [3100, 9091, 9094],
    [9091, 3100],
  ]) {
    it(`does not share its port with what listens on the first two: ${ports.join(", ")}`, () => {
      const message = refusal(host({ service: { ports }, routes: {}, secrets: {} }), "monitoring");
      assert.match(message, /Loki has port 3100, [^]*Set `ports = \[9090, 9093, 3100\]`/);
      assert.doesNotMatch(message, /without a password/);
    });
  }

  it("does not share it with Grafana", () => {
    const overrides = {
      service: { ports: [9091, 9094, 3100] },
      routes: { ...routes, grafana: { ...own, upstream: "10.20.30.16:3100" } },
    };
    assert.match(refusal(host(overrides), "monitoring"), /Grafana needs a port of its own/);
  });
});
