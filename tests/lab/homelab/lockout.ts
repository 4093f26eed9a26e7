import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Homelab } from "./homelab";

const elsewhere = `{ lib, ... }: { nixmox.network.sshSources = lib.mkForce [ "203.0.113.0/24" ]; }`;

export function describeLockout(lab: () => Homelab): void {
  describe("a deployment that would lock itself out", () => {
    it("ends before the switch, and says which address to add", async () => {
      const { dns } = await lab().services();
      const active = "readlink -f /run/current-system /nix/var/nix/profiles/system";
      const before = await lab().on(dns!.address, active);
      const said = await lab().refuse({ hosts: { dns: elsewhere } });
      const from = dns!.address.replace(/\d+$/, "1");
      assert.ok(said.includes(`it would refuse SSH from ${from}, where this comes from.`), said);
      assert.match(said, /Add it to network\.ssh_from in the manifest and run pulumi up again/);
      const after = await lab().on(dns!.address, active);
      assert.deepEqual(after, before);
      await lab().deploy({});
    });
  });
}
