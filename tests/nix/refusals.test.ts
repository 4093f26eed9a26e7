import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { evaluateHost, nixosRebuild, refusal, scratch, system, upload } from "./nix";
import { change, samples } from "./samples";

/** A host that adds `definitions` to the monitoring module. */
function host(definitions: string): string {
  return upload("monitoring", samples.monitoring, {
    "nixos/hosts/monitoring.nix": `{ ... }: { ${definitions} }`,
  });
}
const refused = (definitions: string) => refusal(host(definitions), "monitoring");

describe("a wrong configuration", () => {
  it("with an unknown option is refused by its name and file", () => {
    const message = refused("services.minecraft-server.enable = true;");
    assert.match(message, /The option `services\.minecraft-server' does not exist/);
    assert.match(message, /In `.*\/nixos\/hosts\/monitoring\.nix'/);
  });

  it("with a typing error is refused, and the type named", () => {
    const message = refused('services.prometheus.port = "many";');
    assert.match(message, /option `services\.prometheus\.port' is not of type `16 bit unsigned/);
    assert.match(message, /In `.*\/nixos\/hosts\/monitoring\.nix': "many"/);
  });

  it("with two values for one option is refused, and both named", () => {
    const message = refused('services.prometheus.listenAddress = "127.0.0.1";');
    assert.match(
      message,
      /`services\.prometheus\.listenAddress' has conflicting definition values/,
    );
    assert.match(message, /"127\.0\.0\.1"/);
    assert.match(message, /"10\.20\.30\.16"/);
  });

  it("with a misspelt part of a fragment's kind is refused", () => {
    assert.match(
      refused('nixmox.fragments.scrape.sufix = ".json";'),
      /The option `nixmox\.fragments\.scrape\.sufix' does not exist/,
    );
  });

  it("with a port open to everyone that the manifest does not name is refused", () => {
    for (const option of ["allowedTCPPorts", "allowedUDPPorts"]) {
      assert.match(
        refused(`networking.firewall.${option} = [ 9091 8123 ];`),
        /Unable to configure monitoring: it opens port 8123 to everyone, which is not among its ports/,
      );
    }
    // 9091 is one of its ports.
    const named = host("networking.firewall.allowedTCPPorts = [ 9091 ];");
    assert.match(evaluateHost<string>(named, "monitoring", system), /^\/.*\.drv$/);
  });

  it("with a port open to everyone that the manifest opens to some is refused", () => {
    const rows = (restricted: boolean) => [
      { first: 9090, last: 9095, protocol: "tcp", restricted: false },
      { first: 1883, last: 1883, protocol: "tcp", restricted },
      { first: 27015, last: 27030, protocol: "udp", restricted },
    ];
    const opened = (restricted: boolean, options: string) =>
      upload("monitoring", change(samples.monitoring, { service: { listens: rows(restricted) } }), {
        "nixos/hosts/monitoring.nix": `{ ... }: { networking.firewall = { ${options} }; }`,
      });
    const [tcp, udp] = ["allowedTCPPorts = [ 1883 ];", "allowedUDPPorts = [ 27020 ];"];
    for (const [port, option] of Object.entries({ 1883: tcp, 27020: udp })) {
      assert.match(
        refusal(opened(true, option), "monitoring"),
        new RegExp(`it opens port ${port} to everyone, though \`ports\` in the manifest says whom`),
      );
    }
    const open = evaluateHost<string>(opened(false, tcp + udp), "monitoring", system);
    assert.match(open, /^\/.*\.drv$/);
    // A port of one protocol says nothing about the same number in the other.
    const other = opened(true, "allowedUDPPorts = [ 1883 ];");
    assert.match(
      refusal(other, "monitoring"),
      /it opens port 1883 to everyone, which is not among/,
    );
  });

  it("without a firewall is refused", () => {
    assert.match(
      refused("imports = [ ({ lib, ... }: { networking.firewall.enable = lib.mkForce false; }) ];"),
      /Unable to configure monitoring: its firewall is off, so every port is open to everyone/,
    );
  });

  it("for a host that the flake does not have is refused by nixos-rebuild, which lists those that it has", () => {
    const { status, stderr } = nixosRebuild(["build", "--flake", `${host("")}#wiki`], scratch);
    assert.equal(status, 1);
    assert.match(stderr, /nixosConfigurations\.wiki'; it has monitoring/);
  });

  it("that reads a secret into the store is refused by nixos-rebuild", () => {
    const secret = join(scratch, "canary");
    writeFileSync(secret, "a secret");
    const flake = host(`environment.etc.stolen.text = builtins.readFile ${secret};`);
    const { status, stderr } = nixosRebuild(["build", "--flake", `${flake}#monitoring`], scratch);
    assert.equal(status, 1);
    assert.match(stderr, /canary' is forbidden in restricted mode/);
  });
});
