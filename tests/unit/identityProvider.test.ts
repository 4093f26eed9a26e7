import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { visitorsOf } from "../../manifest/graph/access";
import { tcpPorts } from "../../manifest/resolve/tcpPorts";
import { sliceOf } from "../../manifest/slice";
import { base, load } from "./fixtures";
import { find, withProvider } from "./signOn";
import { kinds } from "./sso/manifest";

describe("an identity provider of which only the address is written", () => {
  it("is Authentik with its database, route, ports, secrets and health", () => {
    const loaded = load(withProvider(""));
    const { ports, unit, resources, sign_on: signOn, interface: own } = find(loaded, "authentik");
    assert.deepEqual(resources, { cores: 2, memory: 4096, swap: 0, disk_gb: 16 });
    assert.deepEqual([tcpPorts(ports), unit], [[9000], "authentik.service"]);
    assert.deepEqual(signOn, {
      kind: "authentik",
      domain: "authentik.nixmox.lan",
      url: "https://authentik.nixmox.lan",
      api_port: 9000,
      forward_auth_port: 9000,
      realm: "nixmox",
      outposts: {},
    });
    assert.deepEqual(Object.keys(own.dbs), ["authentik"]);
    assert.equal(own.routes.default?.upstream, "192.168.99.12:9000");
    assert.deepEqual(
      Object.entries(own.secrets).map(([name, { length }]) => [name, length]),
      [
        ["secret-key", 50],
        ["bootstrap-token", 64],
        ["admin-password", 32],
      ],
    );
    for (const name of ["bootstrap-token", "admin-password"]) {
      const { restart, apply, verify } = own.secrets[name]!;
      assert.deepEqual(restart, []);
      assert.equal(apply, "nixmox-authentik apply");
      assert.equal(verify, `nixmox-authentik verify ${name}`);
    }
    assert.match(own.health.readiness, /http:\/\/192\.168\.99\.12:9000\/-\/health\/ready\/$/);
    const path = ["core_services", "authentik", "interface"];
    assert.equal(loaded.origin([...path, "health", "readiness"]).origin, "derived");
    assert.equal(loaded.origin([...path, "dbs", "authentik", "name"]).origin, "derived");
  });

  it("is Keycloak with a second route, at which browsers sign in for the proxy", () => {
    const loaded = load(withProvider("", "keycloak"));
    const { ports, certificate, sign_on: signOn, interface: own } = find(loaded, "keycloak");
    assert.deepEqual(tcpPorts(ports), [8443, 4180]);
    assert.ok(certificate);
    assert.equal(signOn?.forward_auth_port, 4180);
    assert.deepEqual(
      Object.values(own.routes).map(({ domain, path, upstream, upstream_tls: tls }) => [
        `${domain}${path}`,
        upstream,
        tls,
      ]),
      [
        ["keycloak.nixmox.lan/", "192.168.99.12:8443", true],
        ["keycloak.nixmox.lan/oauth2", "192.168.99.12:4180", true],
      ],
    );
    assert.deepEqual(Object.keys(own.secrets), [
      "admin-password",
      "bootstrap-secret",
      "forward-auth-secret",
      "cookie-secret",
    ]);
  });

  for (const kind of kinds) {
    it(`keeps what is written beside it, and may have another name (${kind})`, () => {
      const text = base.replace("ports = [5432]", "");
      const loaded = load(
        `${text}[services.login]\nip = "192.168.99.12"\nprovides = ["sso"]\nmodules = ["${kind}"]\n` +
          'ports = [9444]\nformerly = "auth"\n[services.login.interface]\nhealth.retries = 3\n' +
          'route.domain = "id.nixmox.lan"\nsecrets.admin-password.length = 40\n',
      );
      const { sign_on: signOn, unit, interface: own } = find(loaded, "login");
      assert.equal(signOn?.url, "https://id.nixmox.lan");
      assert.equal(unit, `${kind}.service`);
      assert.equal(own.routes.default?.upstream, "192.168.99.12:9444");
      assert.equal(own.health.retries, 3);
      assert.equal(own.secrets["admin-password"]?.length, 40);
      assert.deepEqual(Object.keys(own.dbs), ["auth"]);
      assert.ok(Object.values(own.routes).every(({ domain }) => domain === "id.nixmox.lan"));
    });

    it(`lets the proxy in where it asks whom to let pass (${kind})`, () => {
      const { manifest } = load(withProvider("", kind));
      const sso = manifest.services.find(({ name }) => name === kind)!;
      const ports = visitorsOf(manifest, sso).map(({ ports: open }) => open);
      assert.deepEqual(ports, [kind === "authentik" ? [9000] : [4180, 8443]]);
    });
  }

  it("runs LDAP and RADIUS servers where the network asks for them", () => {
    const text = withProvider("").replace(
      "[core_services.dns]",
      '[network.outposts]\nldap.base_dn = "dc=nixmox,dc=lan"\nradius = {}\n[core_services.dns]',
    );
    const { manifest, warnings } = load(text);
    assert.deepEqual(warnings, []);
    const sso = manifest.services.find(({ name }) => name === "authentik")!;
    assert.deepEqual(tcpPorts(sso.ports), [9000, 3389, 6636]);
    assert.deepEqual(sliceOf(manifest, sso).signOn?.outposts, {
      ldap: { tokenFile: "/var/lib/nixmox/secrets/ldap-token" },
      radius: {
        clientNetworks: ["192.168.99.0/24"],
        tokenFile: "/var/lib/nixmox/secrets/radius-token",
      },
    });
    assert.deepEqual(Object.keys(sso.interface.secrets).slice(3), [
      "ldap-token",
      "radius-token",
      "radius-secret",
    ]);
  });
});
