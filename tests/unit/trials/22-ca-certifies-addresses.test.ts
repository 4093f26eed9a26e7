import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { StolenAuthority } from "../certificates/authority";

/** What the authority of home.example could be made to sign, and whether that is believed. */
const leaves: Readonly<Record<string, "believed" | "refused">> = {
  "DNS:git.home.example": "believed",
  "DNS:www.bank.example.org": "refused",
  "IP:192.0.2.1": "refused",
  "IP:2001:db8::1": "refused",
  "DNS:git.home.example,IP:192.0.2.1": "refused",
  "email:ceo@bank.example.org": "refused",
  "DNS:git.home.example,email:ceo@bank.example.org": "refused",
};

// tests/unit/certificates tries more forgeries, at both levels of the authority.
describe("a computer that trusts the authority of home.example", function () {
  this.timeout("1m");
  let thief: StolenAuthority;
  before(() => (thief = new StolenAuthority("home.example")));
  after(() => thief.remove());

  for (const [name, expected] of Object.entries(leaves)) {
    it(`finds a certificate for ${name} ${expected === "believed" ? "good" : "bad"}, with OpenSSL and Go`, () => {
      const extensions = ["basicConstraints=critical,CA:FALSE", `subjectAltName=${name}`];
      const leaf = thief.forge(thief.intermediate, [...extensions, "extendedKeyUsage=serverAuth"]);
      const between = [thief.intermediate];
      const openssl = thief.openssl(leaf, between, "server");
      const go = thief.go(leaf, between, "server");
      if (expected === "believed") return assert.deepEqual([openssl, go], [undefined, undefined]);
      assert.match(openssl ?? "accepted", /permitted subtree violation|excluded subtree/);
      assert.match(go ?? "accepted", /not permitted|is excluded/);
    });
  }
});
