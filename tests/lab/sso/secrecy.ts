import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "mocha";
import { grep, search, secretPart } from "../homelab/secrecy";
import type { DeployedSignOn } from "./lab";

/**
 * Programs that read a secret from their environment alone get it from a file that root reads for
 * them. What such an environment has beside the secret, by the secret's name.
 */
const environments: Readonly<Record<string, RegExp>> = {
  "admin-password": /AUTHENTIK_BOOTSTRAP_|KC_BOOTSTRAP_ADMIN_/,
  "bootstrap-token": /AUTHENTIK_BOOTSTRAP_/,
  "bootstrap-secret": /KC_BOOTSTRAP_ADMIN_/,
};

/** Where the secrets of single sign-on must not be. */
export function describeSecrecy(lab: () => DeployedSignOn): void {
  describe("secrets", () => {
    /** Those of the provider and its users, and of the clients. */
    const all = () =>
      Object.entries(lab().allSecrets()).flatMap(([service, secrets]) =>
        Object.entries(secrets).map(([name, value]) => ({
          name,
          label: `${service} ${name}`,
          value: secretPart(value),
        })),
      );

    it("there are some of each kind", () => {
      const { kind } = lab().pages;
      const labels = all().map(({ label }) => label);
      const own =
        kind === "authentik"
          ? ["bootstrap-token", "secret-key"]
          : ["bootstrap-secret", "cookie-secret", "forward-auth-secret"];
      for (const label of [
        ...[...own, "admin-password", "user-anna", "user-eve"].map((name) => `${kind} ${name}`),
        "miniflux client-secret",
        "forgejo client-secret",
      ]) {
        assert.ok(labels.includes(label), `${label} is not among ${labels.join(", ")}`);
      }
    });

    it("are encrypted in the state, and printed nowhere", async () => {
      const { homelab } = lab();
      const { stdout } = await homelab.quietly("stack", "export", "--stack", "dev");
      assert.match(stdout, /"ciphertext": "v1:/);
      for (const { label, value } of all()) {
        assert.ok(!stdout.includes(value), label);
        assert.deepEqual(grep(value, join(homelab.project, ".nixmox", "state")), [], label);
        assert.ok(!homelab.printed.includes(value), label);
      }
    });

    it("were in no command line, and in no environment but of those who read nothing else", () => {
      const { watch } = lab().homelab;
      assert.ok(watch.size > 100);
      for (const { name, label, value } of all()) {
        const allowed = environments[name];
        const found = watch.find(value).filter((text) => allowed?.test(text) !== true);
        assert.equal(found.length, 0, `${label}: ${found.map((text) => text.slice(0, 40)).join()}`);
      }
    });

    it("are in no Nix store, no /etc and no journal of any host", async () => {
      const values = all().map(({ value }) => value);
      for (const [service, { address }] of Object.entries(lab().services)) {
        const { stdout } = await lab().homelab.on(address, search, values.join("\n"));
        assert.equal(stdout.replace(/[A-Za-z0-9]{32,}/g, "..."), "searched\n", service);
      }
    });
  });
}
