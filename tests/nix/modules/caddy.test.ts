import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "mocha";
import { evaluateHost, upload } from "../nix";
import { samples } from "../samples";

describe("the caddy module", () => {
  let flake: string;
  before(() => (flake = upload("caddy", samples.caddy)));

  it("certifies with the homelab's authority, whose key comes as a credential", () => {
    const options = evaluateHost<string>(flake, "caddy", "services.caddy.globalConfig");
    assert.match(options, /name "NixMox Internal CA"/);
    assert.match(options, /cert \/.*-ca\.crt\n/);
    assert.match(options, /key \{\$CREDENTIALS_DIRECTORY:.*\}\/ca-key\n/);
    assert.deepEqual(
      evaluateHost(flake, "caddy", "systemd.services.caddy.serviceConfig.LoadCredential"),
      ["ca-key:/srv/keys/authority"],
    );
  });

  it("is administered through a socket that only root and Caddy reach", () => {
    const options = evaluateHost<string>(flake, "caddy", "services.caddy.globalConfig");
    assert.match(options, /^admin unix\/\/run\/caddy\/admin\.sock$/m);
    const unit = "systemd.services.caddy.serviceConfig";
    assert.equal(evaluateHost(flake, "caddy", `${unit}.RuntimeDirectory`), "caddy");
    assert.equal(evaluateHost(flake, "caddy", `${unit}.RuntimeDirectoryMode`), "0700");
  });

  it("checks the routes as Caddy's user, without any key", () => {
    const check = evaluateHost<string>(flake, "caddy", "nixmox.fragments.routes.check");
    assert.match(check, /^exec systemd-run .*--property=User=caddy /s);
    assert.match(check, /InaccessiblePaths="-\/run\/credentials -\/run\/caddy -\/var\/lib\/caddy /);
    assert.match(check, /check-routes "\$@"$/m);
    assert.doesNotMatch(check, /\/srv\/keys/);
  });

  it("calls the authority by its certificate, so that another root makes another authority", () => {
    const name = (directory: string) =>
      /ca (nixmox-[0-9a-f]{8}) \{/.exec(
        evaluateHost<string>(directory, "caddy", "services.caddy.globalConfig"),
      )?.[1];
    assert.ok(name(flake));
    assert.notEqual(name(flake), name(upload("caddy", samples.caddy, { "ca.crt": "another" })));
  });

  it("certifies by itself in a checkout without a certificate", () => {
    const checkout = upload("caddy", samples.caddy);
    rmSync(join(checkout, "ca.crt"));
    assert.match(
      evaluateHost<string>(checkout, "caddy", "services.caddy.globalConfig"),
      /^local_certs$/m,
    );
  });

  it("serves the routes and a 404 for every other name", () => {
    const sites = evaluateHost<string>(flake, "caddy", "services.caddy.extraConfig");
    assert.match(sites, /^import \/srv\/nixmox\/routes\/\*\.caddy$/m);
    assert.match(sites, /https:\/\/ \{\s*respond 404\s*\}/);
  });

  it("is open to everyone", () => {
    const ports = evaluateHost(flake, "caddy", "networking.firewall.allowedTCPPorts");
    assert.deepEqual(ports, [80, 443]);
  });
});
