import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "mocha";
import type { DeployedService } from "../../../cli/deployedServices";
import { askHealth } from "../../../cli/health";
import type { TestLab } from "./testLab";

/** The health of services, checked over SSH. Needs container 230, running. */
export function describeHealth(lab: () => TestLab): void {
  describe("the health of services", () => {
    const ask = async (more: Partial<DeployedService> = {}) => {
      const key = await lab().inside(230, "cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub");
      const service = {
        ...{ name: "web", address: lab().address(230), node: "pve1", urls: [], secrets: [] },
        ...{ administrator: "admin", hasSignIn: false },
        ...{ checks: ["true", "test -d /etc"], timeout: 5, hostKey: key, ...more },
      };
      const health = await askHealth({
        services: [service],
        privateKeyFile: join(lab().dir, "test-key"),
        ...{ dnsServer: "192.0.2.1", domain: "example.org" },
      });
      return health.get("web");
    };

    it("is what their own checks say, whatever they print", async () => {
      assert.deepEqual(await ask({ checks: ["echo 'a b' >&2", "echo fine"] }), {
        state: "healthy",
      });
      assert.deepEqual(await ask({ checks: ["true", "exit 7"] }), { state: "NOT HEALTHY" });
      assert.deepEqual(await ask({ checks: ["exit 255"] }), { state: "NOT HEALTHY" });
      assert.deepEqual(await ask({ checks: ["sleep 60"], timeout: 1 }), { state: "NOT HEALTHY" });
    });

    it("is asked only of the pinned host", async () => {
      const other =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHDPHkmjU8jR7hSXBA5DyVAXYyqXoCyfG8NTmBLwBfTL";
      const health = await ask({ hostKey: other });
      assert.equal(health?.state, "UNREACHABLE");
      assert.match(health?.why ?? "", /Host key verification failed/);
    });

    it("is unknown where the host does not answer", async () => {
      const health = await ask({ address: lab().address(229) });
      assert.equal(health?.state, "UNREACHABLE");
      assert.match(health?.why ?? "", /No route to host|timed out/);
    });

    it("is none before the host is deployed", async () => {
      assert.deepEqual(await ask({ hostKey: undefined }), { state: "not deployed" });
    });
  });
}
