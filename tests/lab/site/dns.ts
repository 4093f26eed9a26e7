import assert from "node:assert/strict";
import { it } from "mocha";
import { dig, digStatus, type Homelab } from "../homelab/homelab";
import type { SitePart } from "./part";

const manifest = `
[devices.printer]
ip = "192.168.99.85"
mac = "3c:ec:ef:12:34:56"
aliases = ["paper"]
[[network.records]]
type = "A"
name = "*.lights"
address = "192.168.99.86"
[[network.records]]
type = "TXT"
name = "@"
text = "v=spf1 -all"
`;

/** Names that are no service's, through a whole deployment. */
export const dns: SitePart = {
  name: "names that are no service's",
  manifest,
  describe: (lab: () => Homelab) => {
    const server = async () => (await lab().services()).dns!.address;

    it("lead to devices, and back", async () => {
      const { printer } =
        await lab().output<Record<string, { ip: string; mac: string }>>("devices");
      assert.equal(printer!.mac, "3c:ec:ef:12:34:56");
      for (const name of ["printer.nixmox.lan", "paper.nixmox.lan"]) {
        assert.deepEqual(dig(await server(), name), [printer!.ip]);
      }
      assert.deepEqual(dig(await server(), "-x", printer!.ip), ["printer.nixmox.lan."]);
    });

    it("are the manifest's own records, for all names below a wildcard", async () => {
      const [address = ""] = dig(await server(), "any.lights.nixmox.lan");
      assert.match(address, /^192\.168\.\d+\.86$/);
      assert.deepEqual(dig(await server(), "nixmox.lan", "TXT"), ['"v=spf1 -all"']);
      assert.equal(digStatus(await server(), "any.nixmox.lan"), "NXDOMAIN");
    });
  },
};
