import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { criticalPath } from "../../manifest/graph/order";
import { parseUpstream } from "../../manifest/resolve/externalRoutes";
import { base, load, refusal } from "./fixtures";
import { type Run, runProgram } from "./program";
import { renderRoutes } from "../sites";

describe("a route to a device", () => {
  const folder = mkdtempSync(join(tmpdir(), "nixmox-external-"));
  const [ca, key] = [join(folder, "ca.pem"), join(folder, "key.pem")];
  let run: Run;

  before(async () => {
    execFileSync("openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"],
      ...["-keyout", key, "-out", ca, "-days", "30", "-subj", "/CN=nas"],
    ]);
    const shipped = readFileSync("manifest/nixmox.toml", "utf8");
    const manifest = join(folder, "nixmox.toml");
    writeFileSync(
      manifest,
      `${shipped}
[routes.nas]
upstream = "https://192.168.1.20:5001"
upstream_tls = { ca = "ca.pem", server_name = "nas.lan" }
auth = { type = "forward_auth", groups = ["operators"] }
[routes.router]
domain = "gate.nixmox.lan"
upstream = "192.168.1.1"
`,
    );
    run = await runProgram(manifest);
  });
  after(() => rmSync(folder, { recursive: true }));

  const get = (name: string) => run.resources.get(name) ?? assert.fail(`there is no ${name}`);
  const stdin = (name: string) => String(get(name).inputs.stdin);
  const withCa = (file: string) =>
    `${base}[routes.nas]\nupstream = "https://nas.lan"\nupstream_tls.ca = "${file}"\n`;

  it("creates a site, a record and nothing else", () => {
    const own = [...run.resources.values()].filter(({ name }) =>
      /^router-|gate\.nixmox\.lan/.test(name),
    );
    assert.deepEqual(own.map(({ name, type }) => `${name} ${type}`).sort(), [
      "caddy-route-gate.nixmox.lan-site command:remote:Command",
      "router-route nixmox:index:ExternalRoute",
      "router-route-gate.nixmox.lan nixmox:index:ProxyRoute",
      "router-route-records command:remote:Command",
    ]);
    assert.match(
      stdin("caddy-route-gate.nixmox.lan-site"),
      /\n\t+reverse_proxy 192\.168\.1\.1:80\n/,
    );
    assert.equal(
      stdin("router-route-records"),
      'local-data: "gate.nixmox.lan. 300 IN A 192.168.99.10"\n',
    );
  });

  it("waits for the proxy and the resolver alone", () => {
    for (const part of ["gate.nixmox.lan", "records"]) {
      assert.deepEqual(
        get(`router-route-${part}`).dependsOn.filter((each) => /health$/.test(each)),
        ["caddy-health", "dns-health"],
      );
    }
  });

  it("gives the proxy the device's authority before the site that reads it", () => {
    assert.equal(stdin("nas-route-authority"), readFileSync(ca, "utf8"));
    assert.match(
      String(get("nas-route-authority").inputs.create),
      / authorities nas-route-authority$/,
    );
    assert.ok(get("nas-route-nas.nixmox.lan").dependsOn.includes("nas-route-authority"));
    const site = stdin("caddy-route-nas.nixmox.lan-site");
    assert.match(site, /reverse_proxy https:\/\/192\.168\.1\.20:5001 \{/);
    assert.match(site, /tls_server_name nas\.lan\n/);
    assert.match(
      site,
      /tls_trusted_ca_certs \/var\/lib\/nixmox\/authorities\/nas-route-authority\.pem\n/,
    );
    assert.doesNotMatch(site, /insecure/);
  });

  it("is guarded by the identity provider where users must sign in", () => {
    assert.equal(get("nas-route-sign-in").type, "nixmox:index:SignIn");
    const site = stdin("caddy-route-nas.nixmox.lan-site");
    assert.match(site, /outpost\.goauthentik\.io/);
    assert.ok(
      site.indexOf("outpost.goauthentik.io/auth") <
        site.indexOf("reverse_proxy https://192.168.1.20:5001 {"),
    );
    assert.ok(
      get("nas-route-nas.nixmox.lan").dependsOn.some((each) => each.includes("-route-authentik.")),
    );
  });

  it("adds no step to the services' chain", () => {
    const { manifest } = load(`${base}[routes.nas]\nupstream = "http://nas.lan"\n`);
    assert.ok(
      criticalPath({ ...manifest, routes: [] }).length >= criticalPath(manifest).length - 1,
    );
  });

  it("has the port of its scheme, and takes IPv6", () => {
    assert.equal(parseUpstream("https://nas.lan").address, "nas.lan:443");
    assert.equal(parseUpstream("NAS.lan").address, "nas.lan:80");
    assert.deepEqual(parseUpstream("https://[fd00::5]:8006"), {
      isTls: true,
      host: "fd00::5",
      address: "[fd00::5]:8006",
    });
    const text = `${base}[routes.nas]\nupstream = "https://[fd00::5]:8006"\nupstream_tls.insecure = true\n`;
    assert.match(
      renderRoutes(load(text).manifest.routes)[0]!,
      /reverse_proxy https:\/\/\[fd00::5\]:8006 \{/,
    );
  });

  it("refuses an authority's file that holds its key, or no certificate", () => {
    const both = join(folder, "both.pem");
    writeFileSync(both, readFileSync(ca, "utf8") + readFileSync(key, "utf8"));
    assert.match(
      refusal(withCa(both)).message,
      /upstream_tls\.ca: .*both\.pem holds a private key/,
    );
    const none = join(folder, "none.pem");
    writeFileSync(none, "nas");
    assert.match(refusal(withCa(none)).message, /holds no certificate in PEM form/);
    writeFileSync(none, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    assert.match(refusal(withCa(none)).message, /a certificate that is damaged/);
    assert.match(refusal(withCa(folder)).message, /cannot be read \(EISDIR\)/);
  });

  it("says when the authority's certificate has ended", () => {
    assert.deepEqual(load(withCa(ca)).warnings, []);
    const { now } = Date;
    Date.now = () => now() + 31 * 24 * 3600_000;
    try {
      const [warning] = load(withCa(ca)).warnings;
      assert.match(
        warning!,
        /^routes\.nas\.upstream_tls\.ca: the certificate in .*ca\.pem ended on /,
      );
    } finally {
      Date.now = now;
    }
  });
});
