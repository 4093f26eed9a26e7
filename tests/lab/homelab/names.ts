import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { dig, digStatus, type Homelab } from "./homelab";

export function describeNames(lab: () => Homelab): void {
  describe("names", () => {
    it("gives each host its own address, and the address its name", async () => {
      const services = await lab().services();
      const server = services.dns!.address;
      for (const { address, hostname } of Object.values(services)) {
        assert.deepEqual(dig(server, hostname), [address]);
        assert.deepEqual(dig(server, "-x", address), [`${hostname}.`]);
      }
    });

    it("gives each public name the proxy's address", async () => {
      const services = await lab().services();
      const { dns, caddy, miniflux, monitoring } = services;
      for (const url of [...miniflux!.urls, ...monitoring!.urls]) {
        assert.deepEqual(dig(dns!.address, new URL(url).hostname), [caddy!.address]);
      }
      assert.equal(miniflux!.hostname, "miniflux.host.nixmox.lan");
    });

    it("gives no false answers about foreign and unknown names", async () => {
      const { dns } = await lab().services();
      assert.deepEqual(dig(dns!.address, "example.org"), []);
      // The lab has no internet access, so the right answer is failure, never that a name does not exist.
      assert.notEqual(digStatus(dns!.address, "example.org"), "NXDOMAIN");
      assert.equal(digStatus(dns!.address, "nobody.nixmox.lan"), "NXDOMAIN");
    });
  });
}
