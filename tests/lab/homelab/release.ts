import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Homelab } from "./homelab";

/** Where the lab's hosts have what they evaluate in nixpkgs' place. */
const nixpkgs = "/usr/lib/nixmox-lab/nixos/eval/lib/default.nix";

/** Builds a host's system again as the next release would, and tells of which release its data is. */
const buildAsNext = `set -eu
cd "$(mktemp -d)"
cp ${nixpkgs} before.nix
trap 'cat before.nix >${nixpkgs}' EXIT
sed -i 's/trivial.release = ".*"/trivial.release = "99.11"/' ${nixpkgs}
nixos-rebuild build --flake /etc/nixos#dns >&2
cat result/nixos-version
echo
cat result/etc/nixmox/state-version`;

/** Starts the server while its data are in the folder of another version. */
const startElsewhere = `set -u
cd /var/lib/postgresql
systemctl stop postgresql
mv nixos-15 nixos-14
systemctl start postgresql && echo started
journalctl --unit postgresql --lines 20 --output cat
rmdir nixos-15
mv nixos-14 nixos-15
systemctl reset-failed postgresql
systemctl start postgresql && echo started again`;

export function describeRelease(lab: () => Homelab): void {
  describe("another release of NixOS", () => {
    it("does not change of which release a host's data are", async () => {
      const { dns } = await lab().services();
      const kept = await lab().on(dns!.address, "cat /var/lib/nixmox/state-version");
      assert.match(kept.stdout, /^\d\d\.(05|11)\n$/, kept.stderr);
      const { stdout, stderr } = await lab().on(dns!.address, buildAsNext);
      assert.equal(stdout, `99.11.lab\n${kept.stdout}`, stderr);
    });
  });

  describe("another major version of PostgreSQL", () => {
    it("starts with no empty data beside those that are there", async () => {
      const { postgresql } = await lab().services();
      const { stdout, stderr } = await lab().on(postgresql!.address, startElsewhere);
      assert.doesNotMatch(stdout, /^started$/m, stderr);
      assert.match(
        stdout,
        /Unable to start PostgreSQL 15: the data of postgresql are in \/var\/lib\/postgresql\/nixos-14, of PostgreSQL 15\./,
      );
      assert.match(stdout, /^started again$/m, stderr);
    });
  });
}
