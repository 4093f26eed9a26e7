import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { evaluateHost, upload } from "../nix";
import { samples } from "../samples";

interface Server {
  interface: string[];
  "access-control": string[];
  "local-zone": string[];
  "local-data": string[];
  include: string;
}

describe("the dns module", () => {
  let flake: string;
  before(() => (flake = upload("dns", samples.dns)));

  it("answers the network, for its own zones from the fragments", () => {
    const server = evaluateHost<Server>(flake, "dns", "services.unbound.settings.server");
    assert.deepEqual(server.interface, ["10.20.30.3", "127.0.0.1"]);
    assert.deepEqual(server["access-control"], ["10.20.30.0/24 allow", "127.0.0.0/8 allow"]);
    assert.deepEqual(server["local-zone"], [
      '"home.example." static',
      '"30.20.10.in-addr.arpa." static',
    ]);
    assert.match(
      server["local-data"].join("\n"),
      /^"home\.example\. 300 IN SOA dns\.home\.example\./,
    );
    assert.equal(server.include, '"/var/lib/nixmox/dns/*.conf"');
  });

  it("asks the forwarders for all else, or the root servers", () => {
    const zones = "services.unbound.settings.forward-zone";
    assert.deepEqual(evaluateHost(flake, "dns", zones), [
      { name: '"."', "forward-addr": ["9.9.9.9"] },
    ]);
    const network = { ...samples.dns.network, dns_forwarders: [] };
    assert.deepEqual(evaluateHost(upload("dns", { ...samples.dns, network }), "dns", zones), []);
  });

  it("refuses to forward to itself", () => {
    const network = { ...samples.dns.network, dns_forwarders: ["10.20.30.3"] };
    const broken = upload("dns", { ...samples.dns, network });
    assert.throws(
      () => evaluateHost(broken, "dns", "configuration.system.build.toplevel.drvPath"),
      /network\.dns_forwarders names 10\.20\.30\.3, which is this resolver itself/,
    );
  });

  it("is open to the network alone", () => {
    const rules = evaluateHost<string>(flake, "dns", "networking.firewall.extraInputRules");
    assert.match(rules, /ip saddr 10\.20\.30\.0\/24 meta l4proto { tcp, udp } th dport 53 accept/);
  });
});
