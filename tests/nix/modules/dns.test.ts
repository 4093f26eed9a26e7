import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { evaluateHost, upload } from "../nix";
import { change, forward, type Resolver, resolver, samples } from "../samples";

interface Server {
  interface: string[];
  "access-control": string[];
  "local-zone": string[];
  "local-data": string[];
  "domain-insecure": string[];
  "private-address": string[];
  "private-domain": string[];
  include: string;
  [option: string]: unknown;
}

/** A host whose resolver differs from the sample's. */
const host = (changes: Partial<Resolver>) =>
  upload("dns", change(samples.dns, { resolver: { ...resolver, ...changes } }));

const serverOf = (flake: string) =>
  evaluateHost<Server>(flake, "dns", "services.unbound.settings.server");

describe("the dns module", () => {
  let flake: string;
  before(() => (flake = upload("dns", samples.dns)));

  it("answers for its own zones from the fragments", () => {
    const server = serverOf(flake);
    assert.deepEqual(server.interface, ["10.20.30.3", "127.0.0.1", "::0"]);
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

  it("lets the same clients in, at the firewall and by itself", () => {
    assert.deepEqual(serverOf(flake)["access-control"], [
      "10.20.30.0/24 allow",
      "192.168.1.0/24 allow",
      "fd00:1::/64 allow",
      "127.0.0.0/8 allow",
      "::1/128 allow",
    ]);
    const rules = evaluateHost<string>(flake, "dns", "networking.firewall.extraInputRules");
    const port = 'meta l4proto { tcp, udp } th dport 53 accept comment "DNS"';
    assert.ok(rules.includes(`ip saddr { 10.20.30.0/24, 192.168.1.0/24 } ${port}\n`), rules);
    assert.ok(rules.includes(`ip6 saddr { fd00:1::/64 } ${port}\n`), rules);
  });

  it("opens no rule for a family without clients", () => {
    const v4 = host({ clients: ["10.20.30.0/24"] });
    const rules = evaluateHost<string>(v4, "dns", "networking.firewall.extraInputRules");
    assert.doesNotMatch(rules, /ip6 saddr/);
  });

  it("answers for every reverse zone of the network", () => {
    const reverseZones = ["30.20.10.in-addr.arpa", "31.20.10.in-addr.arpa"];
    const server = serverOf(host({ reverseZones }));
    assert.deepEqual(
      server["local-zone"].slice(1),
      reverseZones.map((zone) => `"${zone}." static`),
    );
    assert.equal(server["local-data"].length, 6);
  });

  it("leaves names of a public domain that it does not have to others, signatures included", () => {
    const server = serverOf(host({ zoneType: "transparent" }));
    assert.equal(server["local-zone"][0], '"home.example." typetransparent');
    assert.deepEqual(server["domain-insecure"], ['"30.20.10.in-addr.arpa."']);
    assert.doesNotMatch(server["local-data"].join("\n"), /"home\.example\. .* (SOA|NS)/);
    assert.deepEqual(server["private-domain"], ['"home.example."']);
  });

  it("asks the forwarders for all else, or the root servers", () => {
    const zones = "services.unbound.settings.forward-zone";
    assert.deepEqual(evaluateHost(flake, "dns", zones), [
      { name: '"."', "forward-addr": ["9.9.9.9"] },
    ]);
    assert.deepEqual(evaluateHost(host({ forwards: [] }), "dns", zones), []);
  });

  it("asks over TLS with the name of the certificate, and at other ports", () => {
    const forwards = [
      forward(".", ["9.9.9.9", "2620:fe::fe"], { port: 853, tlsName: "dns.quad9.net" }),
      forward("corp.example", ["192.0.2.1"], { port: 5335 }),
    ];
    const tls = host({ forwards });
    assert.deepEqual(evaluateHost(tls, "dns", "services.unbound.settings.forward-zone"), [
      {
        name: '"."',
        "forward-addr": ["9.9.9.9@853#dns.quad9.net", "2620:fe::fe@853#dns.quad9.net"],
        "forward-tls-upstream": true,
      },
      { name: '"corp.example."', "forward-addr": ["192.0.2.1@5335"] },
    ]);
    assert.equal(serverOf(tls)["tls-cert-bundle"], "/etc/ssl/certs/ca-certificates.crt");
    assert.equal(serverOf(flake)["tls-cert-bundle"], undefined);
  });

  it("asks others about zones of theirs, below its own or among private addresses, too", () => {
    const inside = { isInside: true, dnssec: false };
    const zones = ["ad.home.example", "1.168.192.in-addr.arpa", "30.20.10.in-addr.arpa"];
    const server = serverOf(
      host({ forwards: zones.map((zone) => forward(zone, ["10.0.0.5"], inside)) }),
    );
    assert.deepEqual(server["local-zone"], [
      '"home.example." static',
      '"30.20.10.in-addr.arpa." typetransparent',
      '"ad.home.example." transparent',
      '"1.168.192.in-addr.arpa." transparent',
    ]);
    for (const zone of zones) {
      assert.ok(server["domain-insecure"].includes(`"${zone}."`), zone);
      assert.ok(server["private-domain"].includes(`"${zone}."`), zone);
    }
    assert.ok(server["private-address"].includes("10.0.0.0/8"));
  });

  it("validates from the root on, unless its forwarders pass no signatures", () => {
    const validates = (forwards: Resolver["forwards"]) =>
      evaluateHost<boolean>(host({ forwards }), "dns", "services.unbound.enableRootTrustAnchor");
    assert.equal(validates([]), true);
    assert.equal(validates([forward(".", ["9.9.9.9"])]), true);
    assert.equal(validates([forward(".", ["192.0.2.1"], { dnssec: false })]), false);
    assert.equal(validates([forward("corp.example", ["192.0.2.1"], { dnssec: false })]), true);
  });

  it("tells nothing about itself, and believes little", () => {
    const server = serverOf(flake);
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
      "ede",
    ]) {
      assert.equal(server[option], true, option);
    }
    assert.equal(server["ip-ratelimit"], 1000);
  });

  it("accepts private addresses only from forwarders that are inside", () => {
    const accepted = (isInside: boolean) =>
      serverOf(host({ forwards: [forward(".", ["9.9.9.9"], { isInside })] }))["private-address"];
    for (const each of ["10.0.0.0/8", "192.168.0.0/16", "fc00::/7"]) {
      assert.ok(accepted(false).includes(each), each);
    }
    assert.deepEqual(accepted(true), []);
  });
});
