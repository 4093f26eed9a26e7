import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { evaluateHost, upload } from "./nix";
import { resolver, samples, signOnWithOutposts, type Slice } from "./samples";

type Path = readonly string[];

/** Every value of every kind: the tables of this sample have entries. */
const sample: Slice = {
  ...samples.miniflux,
  service: { ...samples.miniflux.service, version: "2.1" },
  stateVersion: "25.05",
  resolver,
  authority: { certFile: "/srv/keys/authority.crt", keyFile: "/srv/keys/authority.key" },
  signIns: {
    web: {
      groups: ["readers"],
      issuer: "https://login.home.example/application/o/feeds/",
      clientId: "feeds",
      clientType: "confidential",
      clientSecretFile: "/srv/nixmox/secrets/client-secret",
      redirectUris: ["https://miniflux.home.example/oauth2/oidc/callback"],
      scopes: ["openid", "groups"],
      usernameClaim: "nickname",
      groupsClaim: "roles",
      adminGroup: "editors",
    },
  },
  signOn: signOnWithOutposts(9001, 9002),
};

/** The paths of all values that are not tables themselves. */
function leaves(value: unknown, path: Path = []): Path[] {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]))
    : [path];
}

function at(value: unknown, path: Path): unknown {
  return path.reduce((inner, key) => (inner as Record<string, unknown>)[key], value);
}

/** The sample with the value at `path` replaced, or left out where it is undefined. */
function withValue(path: Path, value: unknown): Slice {
  const copy = structuredClone(sample) as unknown;
  (at(copy, path.slice(0, -1)) as Record<string, unknown>)[path.at(-1)!] = value;
  return copy as Slice;
}

/** What reading all options reports for a wrong slice. */
function error(slice: Slice): string {
  const manifest = JSON.stringify({ hosts: { miniflux: slice } });
  const flake = upload("miniflux", sample, { "nixos/manifest.json": manifest });
  try {
    evaluateHost(flake, "miniflux", "nixmox");
  } catch (thrown) {
    return (thrown as Error).message;
  }
  throw new Error("The slice was accepted.");
}

const optionAt = (path: Path) => `option \`nixmox.${path.join(".")}`;

describe("the options of nixos/modules/base/options.nix", () => {
  let read: Slice;
  before(() => {
    read = evaluateHost<Slice>(upload("miniflux", sample), "miniflux", "nixmox");
  });

  it("hold the slice as it is", () => {
    const { fragments, login, sandbox, state, caFile, databases, ...rest } = read as Slice & {
      fragments: object;
      login: string;
      sandbox: object;
      state: object;
      caFile: string;
    };
    assert.deepEqual(Object.keys(fragments), ["firewall"]);
    assert.match(login, /-nixmox-login$/);
    assert.deepEqual(Object.keys(sandbox), [
      "miniflux",
      "nixmox-certificate-ends",
      "nixmox-current-system",
      "prometheus-node-exporter",
    ]);
    assert.deepEqual(state, {});
    assert.match(caFile, /\/store\/.*-ca\.crt$/);
    assert.deepEqual(databases.feeds, { ...sample.databases.feeds, sslRootCert: caFile });
    assert.deepEqual({ ...rest, databases: sample.databases }, sample);
  });

  for (const path of leaves(sample)) {
    const value = at(sample, path);
    const name = path.join(".");

    it(`refuse another type in ${name}`, () => {
      const wrong: unknown = Array.isArray(value)
        ? (value[0] ?? 7)
        : typeof value === "string"
          ? 7
          : "7";
      const message = error(withValue(path, wrong));
      assert.ok(message.includes(`A definition for ${optionAt(path)}' is not of type`), message);
      assert.match(message, /nixos\/manifest\.json'/);
    });

    // What a host is composed of is decided before there are options, and its release is the pin's.
    if (name === "service.modules" || name === "stateVersion") continue;
    it(`need ${name}`, () => {
      const message = error(withValue(path, undefined));
      assert.ok(
        message.includes(`The ${optionAt(path)}' `) && /(not|no value) defined/.test(message),
        message,
      );
    });
  }

  for (const [path, wrong] of [
    ["service.ip", "10.20.30"],
    ["service.ports", [70000]],
    ["service.ports", ["8081"]],
    ["service.provides", ["databse"]],
    ["service.unit", "miniflux"],
    ["network.cidr", "10.20.30.0"],
    ["network.nameservers", ["dns"]],
    ["resolver.clients", ["10.20.30.3"]],
    ["resolver.zoneType", "open"],
    ["resolver.forwards", [{ ...resolver.forwards[0], forwarders: [{ address: "dns.example" }] }]],
    ["network.sshSources", ["10.20.30.3"]],
    ["network.sshKeys", ["ssh-ed25519 AAAA one\nssh-ed25519 AAAA two"]],
    ["databases.feeds.address", "postgresql.home.example"],
    ["databases.feeds.port", 65536],
    ["databases.feeds.passwordFile", "secrets/database-feeds"],
    ["routes.default.path", "feeds"],
    ["routes.default.url", "miniflux.home.example"],
    ["signIns.web.issuer", "login.home.example"],
    ["signIns.web.clientType", "secret"],
    ["signIns.web.clientSecretFile", "client-secret"],
    ["signOn.kind", "dex"],
    ["signOn.url", "http://login.home.example"],
    ["signOn.outposts.radius.clientNetworks", ["10.20.30.0"]],
    ["secrets.api-key.path", "api-key"],
    ["secrets.api-key.mode", "440"],
    ["certificate.keyFile", "server.key"],
    ["peers.postgresql.ip", "postgresql"],
    ["exporterPort", -1],
    ["stateDirectory", "nixmox"],
  ] as const) {
    it(`refuse ${JSON.stringify(wrong)} in ${path}`, () => {
      const message = error(withValue(path.split("."), wrong));
      assert.ok(message.includes(optionAt(path.split("."))), message);
      assert.match(message, /is not of type/);
    });
  }

  for (const path of ["service.vlan", "databases.feeds.owner", "routes.default.authz", "zone"]) {
    it(`refuse ${path}, which none of them is`, () => {
      const message = error(withValue(path.split("."), "x"));
      assert.ok(message.includes(`The ${optionAt(path.split("."))}' does not exist`), message);
    });
  }
});
