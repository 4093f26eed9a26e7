import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import type { DeployedSignOn } from "./lab";

const containers = ["caddy", "dns", "forgejo", "miniflux", "monitoring", "postgresql", "probe"];
const count = "SELECT count(*) FROM users";

/** Takes the one provider away and puts the other in its place. */
export function describeSwap(lab: () => DeployedSignOn): void {
  describe("in place of Authentik", () => {
    let users: string;
    let vmids: Record<string, number>;

    const vmidsNow = () =>
      Object.fromEntries(containers.map((name) => [name, lab().services[name]!.vmid]));

    before(async () => {
      users = await lab().sql("miniflux", count);
      vmids = vmidsNow();
      for (const name of containers) {
        const { address } = lab().services[name]!;
        assert.equal((await lab().homelab.on(address, "touch /root/mark")).status, 0);
      }
      await lab().deploy("keycloak");
    });

    it("keeps every other container and what is in it", async () => {
      assert.deepEqual(vmidsNow(), vmids);
      for (const name of containers) {
        const { address } = lab().services[name]!;
        assert.equal((await lab().homelab.on(address, "ls /root/mark")).stdout, "/root/mark\n");
      }
      assert.equal(lab().services.authentik, undefined);
    });

    it("keeps what is in the services' databases", async () => {
      assert.ok(Number(users) > 1, users);
      assert.equal(await lab().sql("miniflux", count), users);
    });
  });
}
