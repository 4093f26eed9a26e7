import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { sliceOf } from "../../../manifest/slice";
import { base, issuesOf, load } from "../fixtures";

const network = (...lines: string[]) =>
  base.replace("[network]\n", ["[network]", ...lines, ""].join("\n"));
const resolverOf = (text: string) => {
  const { manifest } = load(text);
  return sliceOf(
    manifest,
    manifest.services.find(({ name }) => name === "dns")!,
  ).resolver!;
};

describe("a homelab that asks other resolvers", () => {
  it("asks over TLS, at another port and over IPv6", () => {
    const { manifest } = load(
      network('dns_forwarders = ["9.9.9.9@853#dns.quad9.net", "2620:fe::fe#dns.quad9.net"]'),
    );
    const quad9 = { port: 853, tls_name: "dns.quad9.net", dnssec: true };
    assert.deepEqual(manifest.network.dns_forwarders, [
      { address: "9.9.9.9", ...quad9 },
      { address: "2620:fe::fe", ...quad9 },
    ]);
    const plain = load(network('dns_forwarders = ["192.168.1.1@5335"]')).manifest;
    assert.deepEqual(plain.network.dns_forwarders, [
      { address: "192.168.1.1", port: 5335, dnssec: true },
    ]);
  });

  it("has the DNS host itself ask only what its list of resolvers can name", () => {
    const nameservers = (list: string) =>
      load(network(`dns_forwarders = ${list}`)).manifest.services.find(
        ({ name }) => name === "dns",
      )!.nameservers;
    assert.deepEqual(nameservers('["9.9.9.9", "2620:fe::fe"]'), ["9.9.9.9"]);
    assert.deepEqual(nameservers('["9.9.9.9#dns.quad9.net"]'), ["192.168.99.1"]);
    assert.deepEqual(nameservers('["192.168.1.1@5335"]'), ["192.168.99.1"]);
  });

  it("asks about a zone where that zone is known, which may answer with private addresses", () => {
    const { forwards } = resolverOf(
      network(
        'forward."ad.corp.example" = ["192.168.1.5"]',
        'forward."partner.example" = ["203.0.113.9@5353"]',
      ),
    );
    assert.deepEqual(forwards, [
      {
        zone: "ad.corp.example",
        forwarders: [{ address: "192.168.1.5", port: 53, tlsName: null }],
        dnssec: false,
        isInside: true,
      },
      {
        zone: "partner.example",
        forwarders: [{ address: "203.0.113.9", port: 5353, tlsName: null }],
        dnssec: true,
        isInside: false,
      },
    ]);
  });

  it("validates nothing that comes from a resolver which passes no signatures", () => {
    const table = (keys: string) =>
      network(`dns_forwarders = [{ address = "192.168.1.1", ${keys} }]`);
    assert.equal(resolverOf(table("port = 53")).forwards[0]?.dnssec, true);
    assert.equal(resolverOf(table("dnssec = false")).forwards[0]?.dnssec, false);
    const mixed = network(
      'dns_forwarders = ["9.9.9.9", { address = "192.168.1.1@5335", dnssec = false }]',
    );
    assert.equal(resolverOf(mixed).forwards[0]?.dnssec, false);
    assert.match(load(mixed).warnings[0] ?? "", /no answer of that list is validated/);
  });

  it("is told what one resolver cannot do, and what a key is called here", () => {
    assert.deepEqual(
      issuesOf(
        network(
          'dns_forwarders = ["9.9.9.9@853#dns.quad9.net", "192.168.1.1@5335", "2620:fe::fe"]',
          'dns_zones = { "ad.corp.example" = ["192.168.1.5"] }',
        ),
      ),
      ["mixed-tls network.dns_forwarders[1]", "unknown-key network.dns_zones"],
    );
  });

  it("is healthy when names of others resolve, too", () => {
    const health = load(network('dns_forwarders = ["9.9.9.9"]')).manifest.services.find(
      ({ name }) => name === "dns",
    )!.interface.health;
    assert.equal(health.readiness, "nixmox-check-resolver");
    assert.equal(health.startup, "systemctl is-active --quiet unbound");
  });
});
