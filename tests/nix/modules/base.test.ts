import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { evaluateHost, upload } from "../nix";
import { samples } from "../samples";

describe("the base module", () => {
  let flake: string;
  before(() => (flake = upload("miniflux", samples.miniflux)));
  const of = <T>(expression: string, directory = flake) =>
    evaluateHost<T>(directory, "miniflux", expression);

  it("calls the host by its short name", () => {
    assert.equal(of("networking.hostName"), "miniflux");
  });

  it("lets root in with the manifest's keys alone", () => {
    assert.deepEqual(of("services.openssh.settings"), {
      KbdInteractiveAuthentication: false,
      PasswordAuthentication: false,
      PermitRootLogin: "prohibit-password",
    });
    assert.deepEqual(
      of("configuration.users.users.root.openssh.authorizedKeys.keys"),
      samples.miniflux.network.ssh_keys,
    );
    assert.equal(of("services.openssh.authorizedKeysInHomedir"), false);
  });

  it("keeps the container's own key where the manifest names none", () => {
    const network = { ...samples.miniflux.network, ssh_keys: [] };
    const directory = upload("miniflux", { ...samples.miniflux, network });
    assert.equal(of("services.openssh.authorizedKeysInHomedir", directory), true);
  });

  it("opens nothing but SSH, to the network, and what fragments say", () => {
    assert.deepEqual(of("networking.firewall.allowedTCPPorts"), []);
    assert.deepEqual(of<string>("networking.firewall.extraInputRules").trim().split("\n"), [
      'ip saddr { 10.20.30.0/24 } tcp dport 22 accept comment "SSH"',
      'include "/var/lib/nixmox/firewall/*.nft"',
    ]);
  });

  it("refuses to lock everybody out", () => {
    const directory = upload("miniflux", samples.miniflux, {
      "nixos/hosts/miniflux.nix":
        "{ imports = [ ../modules/base ../modules/miniflux ]; nixmox.sshSources = [ ]; }",
    });
    assert.throws(
      () => of("configuration.system.build.toplevel.drvPath", directory),
      /nixmox\.sshSources is empty: nobody could log in/,
    );
  });

  it("trusts the homelab's authority", () => {
    const [file] = of<string[]>("map toString configuration.security.pki.certificateFiles");
    assert.match(file ?? "", /ca\.crt$/);
  });

  it("gives a secret to its owner, and root's to nobody else", () => {
    const rules = of<string[]>("systemd.tmpfiles.rules").filter((rule) => /secrets/.test(rule));
    assert.deepEqual(rules, [
      "d /var/lib/nixmox/secrets 0711 root root -",
      "z /var/lib/nixmox/secrets/api-key 0440 feeds root -",
    ]);
  });

  it("is watched", () => {
    assert.equal(of("services.prometheus.exporters.node.enable"), true);
    assert.equal(of("services.prometheus.exporters.node.openFirewall"), false);
  });

  it("describes every kind of fragment to the tool", () => {
    const text = of<string>('environment.etc."nixmox/fragments/firewall".text');
    assert.match(text, /^directory=\/var\/lib\/nixmox\/firewall$/m);
    assert.match(text, /^suffix=\.nft$/m);
    assert.match(text, /^check=\/.*-check-firewall$/m);
  });
});
