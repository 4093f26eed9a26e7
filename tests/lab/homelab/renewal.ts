import assert from "node:assert/strict";
import { connect } from "node:tls";
import { before, describe, it } from "mocha";
import { deployed, health, psql, verified } from "./certificates";
import type { Homelab, ServiceOutput } from "./homelab";
import { ask, signInToMiniflux } from "./web";

export function describeRenewal(lab: () => Homelab): void {
  describe("certificates after a renewal", () => {
    let services: Record<string, ServiceOutput>;
    let password: string;
    let ca: string;
    const address = (service: string) => services[service]!.address;

    before(async () => {
      ({ services, password, ca } = await deployed(lab()));
    });

    it("of the proxy's authority, are issued by the new one, which everyone trusts", async () => {
      const before = await chain(address("caddy"), ca);
      assert.equal(before.length, 3);
      await replace("caddy-authority");
      const renewed = await chain(address("caddy"), ca);
      assert.equal(renewed.at(-1), before.at(-1));
      for (const i of [0, 1]) assert.notEqual(renewed[i], before[i]);
      await served();
    });

    it("of the root, are issued by the new one, and those of the old one are worth nothing", async () => {
      const [root, before] = [ca, await chain(address("caddy"), ca)];
      await replace("nixmox-ca");
      ca = await lab().output<string>("caCertificate");
      assert.notEqual(ca, root);
      const renewed = await chain(address("caddy"), ca);
      for (const i of [0, 1, 2]) assert.notEqual(renewed[i], before[i]);
      await assert.rejects(chain(address("caddy"), root), /signature|certificate/);
      await served();
      // Miniflux asks the identity provider through the proxy.
      await signInToMiniflux(lab());
    });

    const replace = async (name: string) => {
      const { stdout } = await lab().pulumi("stack", "--stack", "dev", "--show-urns");
      const urn = new RegExp(`urn:\\S+::${name}$`, "m").exec(stdout)?.[0];
      assert.ok(urn, stdout);
      const words = ["up", "--stack", "dev", "--yes", "--skip-preview", "--replace", urn];
      const { status, stdout: said, stderr } = await lab().pulumi(...words);
      assert.equal(status, 0, said + stderr);
    };
    const served = async () => {
      assert.equal((await ask(health, address("caddy"), ca)).body, "OK");
      const { stdout, stderr } = await lab().on(address("miniflux"), psql(verified), password);
      assert.equal(stdout, "miniflux\n", stderr);
    };
  });
}

/** Fingerprints of the certificates that the proxy shows, from its own to the root. */
function chain(address: string, ca: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const servername = "miniflux.nixmox.lan";
    const socket = connect({ host: address, port: 443, servername, ca }, () => {
      const found: string[] = [];
      let at = socket.getPeerCertificate(true);
      while (!found.includes(at.fingerprint256)) {
        found.push(at.fingerprint256);
        at = at.issuerCertificate;
      }
      socket.destroy();
      resolve(found);
    });
    socket.on("error", reject);
  });
}
