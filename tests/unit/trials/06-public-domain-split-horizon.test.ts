import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { renderNetworkRecords } from "../../../components/networkRecords";
import { ownZones } from "../../../manifest/resolve/ownNames";
import { base, load } from "../fixtures";

const withDomain = (domain: string, lines = "") =>
  `${base.replace('"nixmox.lan"', `"${domain}"`)}${lines}`;
const cloud = '[services.cloud]\nip = "192.168.99.21"\nports = [80]\ninterface.route = {}\n';

describe("a homelab below a domain that is also a public one", () => {
  const zoneOf = (domain: string) => load(withDomain(domain)).manifest.network.dns_zone;

  it("leaves to the public DNS what it does not have, unless that has nothing there", () => {
    for (const domain of ["corp.example", "home.example.org", "fritz.box", "dev"]) {
      assert.equal(zoneOf(domain), "transparent", domain);
    }
    for (const domain of [
      "nixmox.lan",
      "lan",
      "home",
      "lab.internal",
      "home.arpa",
      "x.home.arpa",
    ]) {
      assert.equal(zoneOf(domain), "static", domain);
    }
  });

  it("owns the names that it has, and not those below", () => {
    const { manifest } = load(withDomain("corp.example", cloud));
    assert.deepEqual(Object.fromEntries(ownZones(manifest)), {
      "caddy.corp.example": "transparent",
      "cloud.corp.example": "transparent",
      "cloud.host.corp.example": "transparent",
      "dns.corp.example": "transparent",
      "postgresql.corp.example": "transparent",
    });
  });

  it("needs no zone by name where no one else has names", () => {
    assert.equal(ownZones(load(withDomain("nixmox.lan", cloud)).manifest).size, 0);
  });

  it("adds records of its own to a public name without hiding the others", () => {
    const text = '[[network.records]]\ntype = "TXT"\nname = "www"\ntext = "inside"\n';
    const { manifest } = load(withDomain("corp.example", text));
    assert.equal(ownZones(manifest).has("www.corp.example"), false);
    assert.equal(
      renderNetworkRecords(manifest),
      "local-data: 'www.corp.example. 300 IN TXT \"inside\"'\n",
    );
  });

  it("is told when it closes a zone that others may know", () => {
    const closed = withDomain("corp.example").replace(
      "[network]\n",
      '[network]\ndns_zone = "static"\n',
    );
    assert.match(load(closed).warnings[0] ?? "", /such as its mail servers, do not exist/);
  });

  it("publishes a service at the domain itself", () => {
    for (const domain of ["corp.example", "lan"]) {
      const apex = cloud.replace("route = {}", `route.domain = "${domain}"`);
      const { manifest, warnings } = load(withDomain(domain, apex));
      const { interface: contracts } = manifest.services.find(({ name }) => name === "cloud")!;
      assert.equal(contracts.routes.default?.url, `https://${domain}/`);
      // Its mail servers stay visible.
      assert.equal(ownZones(manifest).has(domain), false);
      assert.deepEqual(
        warnings.filter((each) => each.includes("IPv6")).length,
        domain === "lan" ? 0 : 1,
      );
    }
  });
});
