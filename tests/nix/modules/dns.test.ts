import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { evaluateHost, upload } from "../nix";
import { change, samples } from "../samples";

interface Server {
  interface: string[];
  "access-control": string[];
  "local-zone": string[];
  "local-data": string[];
  include: string;
  "private-address": string[];
  [option: string]: unknown;
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
    assert.equal(server.include, '"/srv/nixmox/dns/*.conf"');
  });

  it("answers for every reverse zone of the network", () => {
    const reverseZones = ["30.20.10.in-addr.arpa", "31.20.10.in-addr.arpa"];
    const wide = change(samples.dns, { network: { cidr: "10.20.30.0/23", reverseZones } });
    const server = evaluateHost<Server>(
      upload("dns", wide),
      "dns",
      "services.unbound.settings.server",
    );
    assert.deepEqual(
      server["local-zone"].slice(1),
      reverseZones.map((zone) => `"${zone}." static`),
    );
    assert.equal(server["local-data"].length, 6);
  });

  it("asks the forwarders for all else, or the root servers", () => {
    const zones = "services.unbound.settings.forward-zone";
    assert.deepEqual(evaluateHost(flake, "dns", zones), [
      { name: '"."', "forward-addr": ["9.9.9.9"] },
    ]);
    const alone = upload("dns", change(samples.dns, { network: { forwarders: [] } }));
    assert.deepEqual(evaluateHost(alone, "dns", zones), []);
  });

  it("tells nothing about itself, and believes little", () => {
    const server = evaluateHost<Server>(flake, "dns", "services.unbound.settings.server");
    for (const option of [
      "hide-identity",
      "hide-version",
      "hide-trustanchor",
      "deny-any",
      "minimal-responses",
      "qname-minimisation",
      "harden-glue",
      "harden-below-nxdomain",
      "harden-dnssec-stripped",
      "harden-large-queries",
      "harden-short-bufsize",
    ]) {
      assert.equal(server[option], true, option);
    }
    assert.equal(server["ip-ratelimit"], 1000);
  });

  for (const [forwarders, rebinds] of [
    [[], false],
    [["9.9.9.9", "149.112.112.112"], false],
    [["172.15.0.1", "172.32.0.1", "100.128.0.1", "11.0.0.1"], false],
    [["9.9.9.9", "10.20.30.1"], true],
    [["192.168.1.1"], true],
    [["172.31.0.1"], true],
    [["100.100.100.100"], true],
  ] as const) {
    it(`accepts private addresses ${rebinds ? "" : "not "}from ${forwarders.join(" and ") || "the internet"}`, () => {
      const slice = change(samples.dns, { network: { forwarders } });
      const server = evaluateHost<Server>(
        upload("dns", slice),
        "dns",
        "services.unbound.settings.server",
      );
      const expected = rebinds ? [] : ["10.0.0.0/8", "192.168.0.0/16", "fc00::/7"];
      for (const each of expected) assert.ok(server["private-address"].includes(each), each);
      assert.equal(server["private-address"].length > 0, !rebinds);
    });
  }

  it("is open to the network alone", () => {
    const rules = evaluateHost<string>(flake, "dns", "networking.firewall.extraInputRules");
    assert.match(rules, /ip saddr 10\.20\.30\.0\/24 meta l4proto { tcp, udp } th dport 53 accept/);
  });
});
