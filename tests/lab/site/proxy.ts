import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { it } from "mocha";
import { dig } from "../homelab/homelab";
import { ask } from "../homelab/web";
import type { SitePart } from "./part";

const manifest = `
[routes.desk]
extra_config = "respond desk"

[routes.help]
domain = "desk.nixmox.lan"
path = "/help"
extra_config = "respond help"

[routes.apps]
domain = "*.apps.nixmox.lan"
extra_config = "respond {host}"
headers = { X-Frame-Options = false, X-Apps = "yes" }
`;

/** Domains that several owners share, that move between them, and that stand for many names. */
export const proxy: SitePart = {
  name: "domains on the proxy",
  manifest,
  describe: (lab) => {
    const proxyAddress = async () => (await lab().services()).caddy!.address;
    const get = async (url: string) =>
      ask(`https://${url}`, await proxyAddress(), await lab().output("caCertificate"));

    it("lead to the service with the longest path", async () => {
      assert.equal((await get("desk.nixmox.lan/")).body, "desk");
      assert.equal((await get("desk.nixmox.lan/help/a")).body, "help");
    });

    it("stand for any name below, which resolves, is certified and has the route's headers", async () => {
      const { dns, caddy } = await lab().services();
      assert.deepEqual(dig(dns!.address, "any.apps.nixmox.lan"), [caddy!.address]);
      const { status, body, headers } = await get("any.apps.nixmox.lan/");
      assert.deepEqual([status, body], [200, "any.apps.nixmox.lan"]);
      assert.equal(headers["x-apps"], "yes");
      assert.equal(headers["x-frame-options"], undefined);
      assert.equal(headers["x-content-type-options"], "nosniff");
    });

    it("move to another owner in one run, and answer all the while", async () => {
      const [address, ca] = [await proxyAddress(), await lab().output<string>("caCertificate")];
      lab().edit("manifest/nixmox.toml", (text) =>
        text.replace(
          '[routes.desk]\nextra_config = "respond desk"',
          '[routes.news]\ndomain = "desk.nixmox.lan"\nextra_config = "respond news"',
        ),
      );
      const seen: string[] = [];
      let isDone = false;
      const watch = async () => {
        for (; !isDone; await sleep(100)) {
          seen.push((await ask("https://desk.nixmox.lan/", address, ca)).body);
        }
      };
      const up = async () => {
        const { status, stdout, stderr } = await lab().up();
        isDone = true;
        assert.equal(status, 0, stdout + stderr);
      };
      await Promise.all([watch(), up()]);
      assert.deepEqual([...new Set(seen)], ["desk", "news"]);
      assert.equal((await get("desk.nixmox.lan/help")).body, "help");
    });

    it("stay with the others when one of them leaves", async () => {
      const { status, stderr } = await lab().on(
        await proxyAddress(),
        "nixmox-fragment remove routes $(basename $(grep -l respond.help /var/lib/nixmox/routes/*) .caddy)",
      );
      assert.equal(status, 0, stderr);
      assert.deepEqual(
        [(await get("desk.nixmox.lan/help")).body, (await get("desk.nixmox.lan/")).body],
        ["news", "news"],
      );
    });
  },
};
