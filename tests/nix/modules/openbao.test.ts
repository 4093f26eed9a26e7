import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, it } from "mocha";
import { evaluateHost, project, refusal, system, upload } from "../nix";
import { change, signIn, slice, type Overrides } from "../samples";

const callback = "ui/vault/auth/oidc/oidc/callback";
const secret = (name: string) => ({
  [name]: { path: `/srv/nixmox/secrets/${name}`, owner: "root", mode: "0400", env: null },
});
const route = {
  domain: "openbao.home.example",
  path: "/",
  upstream: "10.20.30.30:8300",
  tls: true,
  url: "https://openbao.home.example/",
  guarded: false,
};
const openbao = slice("openbao", {
  service: { ip: "10.20.30.30", hostname: "openbao.host.home.example", ports: [8300] },
  routes: { default: route },
  certificate: { certFile: "/srv/keys/server.crt", keyFile: "/srv/keys/server.key" },
  secrets: secret("seal-key"),
  peers: {
    caddy: { ip: "10.20.30.5", hostname: "caddy.home.example", ports: [443], provides: ["proxy"] },
  },
});

interface Unit {
  restartIfChanged: boolean;
  serviceConfig: {
    ExecStart: string;
    ExecStartPre: string[];
    ExecStartPost: string[];
    LoadCredential: string[];
  };
}
interface Settings {
  api_addr: string;
  cluster_addr: string;
  listener: { default: Record<string, unknown> };
  storage: unknown;
  audit: unknown;
}

describe("the openbao module", () => {
  const of = <T>(expression: string, overrides: Overrides = {}) =>
    evaluateHost<T>(upload("openbao", change(openbao, overrides)), "openbao", expression);
  const refused = (overrides: Overrides) =>
    refusal(upload("openbao", change(openbao, overrides)), "openbao");

  let settings: Settings;
  let unit: Unit;
  before(() => {
    ({ settings, unit } = of<{ settings: Settings; unit: Unit }>(`{
      inherit (services.openbao) settings;
      unit = { inherit (systemd.services.openbao) restartIfChanged serviceConfig; };
    }`));
  });

  it("is evaluated, not run: the lab has no package of it", () => {
    assert.match(of<string>(system), /\.drv$/);
  });

  it("serves TLS at the manifest's address, and its cluster to itself", () => {
    const { address, cluster_address, tls_cert_file, tls_key_file } = settings.listener.default;
    assert.deepEqual(
      [address, cluster_address, tls_cert_file, tls_key_file],
      [
        "10.20.30.30:8300",
        "127.0.0.1:8201",
        "/run/credentials/openbao.service/certificate",
        "/run/credentials/openbao.service/key",
      ],
    );
    assert.equal(settings.cluster_addr, "https://127.0.0.1:8201");
    assert.equal(settings.api_addr, "https://openbao.home.example");
    assert.equal(
      of("services.openbao.settings.api_addr", { routes: {} }),
      "https://openbao.host.home.example:8300",
    );
  });

  it("believes the proxy, and no other, about where a request comes from", () => {
    const { x_forwarded_for_authorized_addrs: believed } = settings.listener.default;
    assert.deepEqual(believed, ["10.20.30.5"]);
    const alone = of<Record<string, unknown>>("services.openbao.settings.listener.default", {
      peers: {},
    });
    assert.equal(alone.x_forwarded_for_authorized_addrs, undefined);
  });

  it("keeps its data in one directory, which is named, and its audit log in the journal", () => {
    assert.deepEqual(settings.storage, { raft: { path: "/var/lib/openbao", node_id: "openbao" } });
    assert.deepEqual(of("nixmox.state"), {
      openbao: { directory: "/var/lib/private/openbao", units: ["openbao.service"] },
    });
    assert.deepEqual(settings.audit, [{ file: { journal: { options: { file_path: "stdout" } } } }]);
  });

  it("unseals itself with the secret's file, and has none of it in its configuration", () => {
    assert.deepEqual(unit.serviceConfig.LoadCredential, [
      "certificate:/srv/keys/server.crt",
      "key:/srv/keys/server.key",
      "seal-key:/srv/nixmox/secrets/seal-key",
      "previous-seal-key:/srv/nixmox/openbao/seal-key",
    ]);
    assert.match(
      unit.serviceConfig.ExecStartPre.join(),
      /-write-seal \/run\/credentials\/openbao\.service \/run\/openbao\/seal\.json$/,
    );
    assert.match(unit.serviceConfig.ExecStart, / -config \/run\/openbao\/seal\.json$/);
    assert.ok(!JSON.stringify(settings).includes("seal"));
    assert.equal(unit.restartIfChanged, true);
  });

  it("is initialised from its own host, at the name that its certificate is for", () => {
    assert.match(
      unit.serviceConfig.ExecStartPost.join(),
      /^\+\S+-started https:\/\/openbao\.host\.home\.example:8300 \/srv\/nixmox\/secrets\/seal-key \/srv\/nixmox\/openbao$/,
    );
  });

  it("may be a client of the identity provider", () => {
    const client = { signIns: { default: signIn("openbao", callback) } };
    assert.match(of<string>(system, client), /\.drv$/);
    const readme = readFileSync(`${project}/nixos/modules/openbao/README.md`, "utf8");
    assert.ok(readme.includes(`/${callback}`));
  });

  for (const [what, overrides, message] of [
    [
      "no port",
      { service: { ports: [] } },
      /OpenBao needs a port to listen on\. Set `ports = \[8200\]`/,
    ],
    [
      "plain HTTP",
      { certificate: null },
      /would travel without TLS between the proxy and OpenBao\. Set `interface\.route = \{ upstream_tls = true \}`/,
    ],
    [
      "nothing to unseal itself with",
      { secrets: {} },
      /no key to unseal itself with\. Set `interface\.secrets\.seal-key = \{ format = "hex" \}`/,
    ],
    [
      "a path below its name",
      { routes: { default: { ...route, path: "/bao", url: `${route.url}bao` } } },
      /not below \/bao\. Leave `interface\.route\.path` out/,
    ],
    [
      "an address to which it does not answer",
      { signIns: { default: signIn("openbao", "oidc/callback") } },
      /Set the first of `interface\.auth\.oidc\.redirect_uris` to https:\/\/openbao\.home\.example\/ui\/vault\/auth\/oidc\/oidc\/callback/,
    ],
  ] as const satisfies readonly (readonly [string, Overrides, RegExp])[]) {
    it(`refuses ${what}`, () => assert.match(refused(overrides), message));
  }
});
