import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "mocha";
import { evaluateHost, upload } from "../nix";
import { samples } from "../samples";

describe("the caddy module", () => {
  let flake: string;
  before(() => (flake = upload("caddy", samples.caddy)));

  it("certifies with an authority of its own, which comes as credentials", () => {
    const options = evaluateHost<string>(flake, "caddy", "services.caddy.globalConfig");
    assert.match(options, /name "NixMox Internal CA"/);
    for (const what of ["root", "intermediate"]) {
      const pair = new RegExp(
        `${what} \\{\\s*cert \\{\\$CREDENTIALS_DIRECTORY:.*\\}/certificate\\n\\s*key \\{\\$CREDENTIALS_DIRECTORY:.*\\}/key\\n`,
      );
      assert.match(options, pair);
    }
    assert.deepEqual(
      evaluateHost(flake, "caddy", "systemd.services.caddy.serviceConfig.LoadCredential"),
      ["certificate:/srv/keys/authority.crt", "key:/srv/keys/authority.key"],
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
    assert.match(check, /assemble-sites\nexec systemd-run .*--property=User=caddy /s);
    assert.match(check, /InaccessiblePaths="-\/run\/credentials -\/run\/caddy -\/var\/lib\/caddy /);
    assert.match(check, /check-routes "\$@"$/m);
    assert.doesNotMatch(check, /\/srv\/keys/);
  });

  it("restarts for another root, and then issues every certificate again", () => {
    const triggers = (directory: string) =>
      evaluateHost<string[]>(directory, "caddy", "systemd.services.caddy.restartTriggers");
    assert.match(triggers(flake)[0]!, /^\/.*\/store\/.*-ca\.crt$/);
    assert.notDeepEqual(
      triggers(flake),
      triggers(upload("caddy", samples.caddy, { "ca.crt": "another" })),
    );
    const steps = evaluateHost<string[]>(
      flake,
      "caddy",
      "systemd.services.caddy.serviceConfig.ExecStartPre",
    );
    assert.match(steps[0]!, /^\+.*\/bin\/assemble-sites$/);
    assert.match(steps[1]!, /-forget-certificates$/);
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
    assert.match(sites, /^import \/srv\/nixmox\/sites\*\.caddy$/m);
    assert.match(sites, /https:\/\/ \{\s*respond 404\s*\}/);
  });

  it("is open to everyone", () => {
    const ports = evaluateHost(flake, "caddy", "networking.firewall.allowedTCPPorts");
    assert.deepEqual(ports, [80, 443]);
  });
});
