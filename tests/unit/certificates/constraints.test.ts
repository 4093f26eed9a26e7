import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { type Purpose, StolenAuthority } from "./authority";

const leaf = ["basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature"];
const serverAuth = "extendedKeyUsage=serverAuth";
const names = (list: string) => [...leaf, serverAuth, `subjectAltName=${list}`];

/** What someone with a stolen key would like to be. */
const forgeries: readonly (readonly [what: string, extensions: string[], subject?: string])[] = [
  ["a foreign name", names("DNS:bank.example")],
  ["a name that only ends alike", names("DNS:evilnixmox.lan")],
  ["a name that only begins alike", names("DNS:nixmox.lan.example")],
  ["the domain above", names("DNS:lan")],
  ["every name of the domain above", names("DNS:*.lan")],
  ["every name", names("DNS:*")],
  ["a foreign name beside one of ours", names("DNS:app.nixmox.lan,DNS:bank.example")],
  ["a foreign name in the subject alone", [...leaf, serverAuth], "/CN=bank.example"],
  ["an address of the homelab", names("IP:192.168.99.11")],
  ["an address elsewhere", names("IP:8.8.8.8")],
  ["the address 0.0.0.0", names("IP:0.0.0.0")],
  ["an IPv6 address", names("IP:2001:db8::1")],
  ["the IPv6 loopback address", names("IP:::1")],
  ["an IPv4 address in IPv6", names("IP:::ffff:192.168.99.11")],
  ["an address beside a name of ours", names("DNS:app.nixmox.lan,IP:192.168.99.11")],
  ["an IPv4 address in IPv6 beside a name of ours", names("DNS:a.nixmox.lan,IP:::ffff:8.8.8.8")],
  ["the address ::", names("IP:::")],
  ["an IPv6 address beside a name of ours", names("DNS:app.nixmox.lan,IP:2001:db8::1")],
  ["a foreign e-mail address", names("email:admin@bank.example")],
  ["an e-mail address of the domain itself", names("email:admin@nixmox.lan")],
  ["an e-mail address beside a name of ours", names("DNS:app.nixmox.lan,email:a@bank.example")],
  ["a foreign URI", names("URI:https://bank.example/")],
  ["a URI with an address", names("URI:https://192.168.99.11/")],
  ["a foreign URI beside a name of ours", names("DNS:app.nixmox.lan,URI:spiffe://bank.example/x")],
];

/** Go takes no name from a certificate's subject, so there is nothing to refuse. */
const subjectOnly = "a foreign name in the subject alone";

describe("a thief of an authority's key", function () {
  this.timeout("2m");
  let thief: StolenAuthority;
  before(() => (thief = new StolenAuthority()));
  after(() => thief.remove());

  for (const place of ["under the intermediate", "directly under the root"] as const) {
    describe(place, () => {
      const sign = (extensions: readonly string[], subject?: string) =>
        place === "directly under the root"
          ? thief.forge(thief.root, extensions, subject)
          : thief.forge(thief.intermediate, extensions, subject);
      const between = () => (place === "directly under the root" ? [] : [thief.intermediate]);
      const verdicts = (certificate: string, purpose: Purpose = "server") => ({
        openssl: thief.openssl(certificate, between(), purpose),
        go: thief.go(certificate, between(), purpose),
      });

      it("can be a server of the homelab, whom both accept", () => {
        for (const list of ["DNS:app.nixmox.lan", "DNS:*.nixmox.lan", "DNS:a.b.nixmox.lan"]) {
          const accepted = verdicts(sign(names(list)));
          assert.deepEqual(accepted, { openssl: undefined, go: undefined }, list);
        }
      });

      for (const [what, extensions, subject] of forgeries) {
        it(`cannot be ${what}`, () => {
          const { openssl, go } = verdicts(sign(extensions, subject));
          assert.match(openssl ?? "accepted", /permitted subtree violation|excluded subtree/);
          if (what === subjectOnly) return;
          assert.match(go ?? "accepted", /not permitted|is excluded|cannot be matched/);
        });
      }

      it("cannot be a client, whatever the certificate says", () => {
        for (const usage of ["clientAuth", "serverAuth,clientAuth", "anyExtendedKeyUsage"]) {
          const own = [...leaf, `extendedKeyUsage=${usage}`, "subjectAltName=DNS:app.nixmox.lan"];
          const { openssl, go } = verdicts(sign(own), "client");
          assert.match(openssl ?? "accepted", /unsuitable certificate purpose|invalid CA/, usage);
          assert.match(go ?? "accepted", /incompatible key usage/, usage);
        }
      });

      it("gains nothing from a further authority without limits", () => {
        const ca = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"];
        const further = sign(ca, "/CN=Further CA");
        const chain = [further, ...between()];
        for (const list of ["DNS:bank.example", "IP:192.168.99.11"]) {
          const forged = thief.forge(further, names(list));
          assert.ok(thief.openssl(forged, chain, "server"), list);
          assert.ok(thief.go(forged, chain, "server"), list);
        }
        // An intermediate may certify no authority at all.
        if (place === "directly under the root") return;
        const harmless = thief.forge(further, names("DNS:app.nixmox.lan"));
        assert.match(thief.openssl(harmless, chain, "server") ?? "", /path length/);
        assert.match(thief.go(harmless, chain, "server") ?? "", /too many intermediates/);
      });
    });
  }
});
