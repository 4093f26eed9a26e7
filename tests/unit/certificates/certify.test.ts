import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { certify, describeCertificate } from "./authority";

describe("components/scripts/certify.sh", () => {
  const folder = mkdtempSync(join(tmpdir(), "nixmox-certify-"));
  const issuer = join(folder, "root.pem");
  before(() => writeFileSync(issuer, certify("root", "nixmox.lan")));
  after(() => rmSync(folder, { recursive: true }));

  const limits = [
    /Basic Constraints: critical\n +CA:TRUE, pathlen:/,
    /Key Usage: critical\n +Certificate Sign, CRL Sign\n/,
    /Extended Key Usage: \n +TLS Web Server Authentication\n/,
    /Name Constraints: critical\n +Permitted:\n +DNS:nixmox\.lan\n +email:\.nixmox\.lan\n +URI:\.nixmox\.lan\n +IP:0\.0\.0\.0\/255\.255\.255\.255\n +IP:0:0:0:0:0:0:0:0\/FFFF(:FFFF){7}\n +Excluded:\n +IP:0\.0\.0\.0\/0\.0\.0\.0\n +IP:0:0:0:0:0:0:0:0\/0:0:0:0:0:0:0:0\n/,
  ];

  it("limits the root and its intermediate to servers of the domain", () => {
    const [root, intermediate] = [
      describeCertificate(certify("root", "nixmox.lan")),
      describeCertificate(certify("intermediate", "nixmox.lan", issuer)),
    ];
    for (const text of [root, intermediate]) for (const limit of limits) assert.match(text, limit);
    assert.match(root, /pathlen:1\n/);
    assert.match(intermediate, /pathlen:0\n/);
    assert.match(intermediate, /Issuer: CN = NixMox CA for nixmox\.lan\n/);
  });

  it("certifies a server for its name alone", () => {
    const text = describeCertificate(certify("server", "db.nixmox.lan", issuer));
    assert.match(text, /Subject Alternative Name: \n +DNS:db\.nixmox\.lan\n/);
    assert.match(text, /CA:FALSE/);
    assert.doesNotMatch(text, /IP Address|Client Authentication/);
  });

  it("takes names that are longer than a subject may be", () => {
    const long = `${"a".repeat(60)}.${"b".repeat(60)}.nixmox.lan`;
    assert.match(describeCertificate(certify("server", long, issuer)), new RegExp(`DNS:${long}`));
    assert.match(describeCertificate(certify("root", long)), new RegExp(`DNS:${long}`));
  });

  it("makes another key and serial number each time, valid from now for so many days", () => {
    const [one, two] = [1, 2].map(() => certify("server", "db.nixmox.lan", issuer, 180));
    const read = (pem: string, what: string) =>
      execFileSync("openssl", ["x509", "-noout", what], { input: pem, encoding: "utf8" });
    for (const what of ["-serial", "-pubkey"]) assert.notEqual(read(one!, what), read(two!, what));
    const days = (Date.parse(read(one!, "-enddate").split("=")[1]!) - Date.now()) / 86_400_000;
    assert.ok(days > 179.9 && days <= 180, String(days));
  });

  it("leaves no file behind, and prints nothing but the result, not even if it fails", () => {
    const env = { ...process.env, TMPDIR: mkdtempSync(join(folder, "tmp-")) };
    const run = (input: string) =>
      spawnSync("bash", ["components/scripts/certify.sh", "server", "db.nixmox.lan", "30"], {
        env,
        input,
        encoding: "utf8",
      });
    const root = certify("root", "nixmox.lan");
    const made = run(root);
    assert.equal(made.stderr, "");
    assert.match(made.stdout, /^-----BEGIN PRIVATE KEY-----[^]*END CERTIFICATE-----\n$/);
    const key = root.split("\n")[1]!;
    const broken = run(root.replace("BEGIN CERTIFICATE", "BEGIN NOTHING"));
    assert.notEqual(broken.status, 0);
    assert.match(broken.stderr, /Unable to certify db\.nixmox\.lan \(server\): openssl failed/);
    assert.ok(!(made.stdout + broken.stdout + broken.stderr).includes(key));
    assert.deepEqual(readdirSync(env.TMPDIR), []);
  });
});
