import assert from "node:assert/strict";
import { before, it } from "mocha";
import type { ServiceOutput } from "../homelab/homelab";
import { search, secretPart } from "../homelab/secrecy";
import type { SitePart } from "./part";

/** Shell text that prints the files outside of the secrets' own folder that contain a line of stdin. */
const strayFiles =
  "grep -rlFf - /etc /home /opt /root /run /srv /tmp /var/lib/nixmox 2>/dev/null | grep -v ^/var/lib/nixmox/secrets/; true";
/** Shell text that prints those in that folder, with their rights. */
const ownFiles =
  "cd /var/lib/nixmox/secrets 2>/dev/null && grep -lFf - * | xargs -r stat -c '%a %n'; true";

/** Every secret of every part: nothing here knows what the parts added. */
export const secrecy: SitePart = {
  name: "all secrets of it",
  describe: (lab) => {
    let services: Record<string, ServiceOutput>;
    let secrets: { service: string; name: string; part: string }[];
    before(async () => {
      services = await lab().services();
      const all = await lab().output<Record<string, Record<string, string>>>("secrets");
      secrets = Object.entries(all).flatMap(([service, own]) =>
        Object.entries(own).map(([name, value]) => ({ service, name, part: secretPart(value) })),
      );
    });
    const names = (text: string) =>
      secrets
        .filter(({ part }) => text.includes(part))
        .map(({ service, name }) => `${service}/${name}`);
    const texts = () => secrets.map(({ part }) => part).join("\n");

    it("are encrypted in the state, and were printed nowhere", async () => {
      assert.ok(secrets.length > 10, String(secrets.length));
      const { stdout } = await lab().pulumi("stack", "export", "--stack", "dev");
      assert.deepEqual(names(stdout), []);
      assert.deepEqual(names(lab().printed), []);
    });

    it("are in no Nix store, no /etc and no journal of any host", async () => {
      for (const [service, { address }] of Object.entries(services)) {
        const { stdout } = await lab().on(address, search, texts());
        assert.deepEqual(names(stdout), [], service);
        assert.equal(stdout.trim().split("\n").at(-1), "searched");
        assert.deepEqual(stdout.match(/^\/.*/gm) ?? [], [], service);
      }
    });

    it("are in files of those hosts that have them, which only their owner can read", async () => {
      for (const [service, { address }] of Object.entries(services)) {
        const own = secrets.filter((each) => each.service === service);
        const shared = new Set(own.map(({ part }) => part));
        const foreign = secrets.filter(({ part }) => !shared.has(part)).map(({ part }) => part);
        const everywhere = `list=$(cat); printf %s "$list" | (${ownFiles}); printf %s "$list" | (${strayFiles})`;
        const { stdout } = await lab().on(address, everywhere, foreign.join("\n"));
        assert.equal(stdout, "", service);
        const { stdout: files } = await lab().on(address, ownFiles, texts());
        for (const line of files.split("\n").filter(Boolean))
          assert.match(line, /^[46][04]0 /, service);
      }
    });
  },
};
