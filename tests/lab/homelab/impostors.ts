import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { readLab } from "../../../lab/info";
import { ask, type Headers, rootOf, type RunningLab } from "../pve/client";
import type { Homelab } from "./homelab";

/** Prints who connects to port 5432, at whatever address. */
const FAKE_DATABASE = `
import socket, sys, time
server = socket.create_server(("", 5432), backlog=100)
server.settimeout(0.2)
until = time.monotonic() + float(sys.argv[1])
while time.monotonic() < until:
    try:
        print(server.accept()[1][0], flush=True)
    except TimeoutError:
        pass
`;

/** One compromised host among the homelab's own. */
export function describeImpostors(lab: () => Homelab): void {
  describe("root on one host", () => {
    const api = (): RunningLab => {
      const dir = join(lab().project, ".nixmox", "lab");
      return { dir, info: readLab(dir) ?? assert.fail("the lab is not there") };
    };
    const attack = readFileSync(join(__dirname, "..", "pve", "attack.py"), "utf8");
    let root: Headers;
    let at: Record<string, string>;
    let mac: Record<string, string>;

    const firewall = (enable: "0" | "1") =>
      ask(api(), "PUT", "/cluster/firewall/options", { enable }, root);

    const macOf = async (address: string) =>
      (await lab().on(address, "cat /sys/class/net/eth0/address")).stdout.trim();

    before(async () => {
      root = await rootOf(api());
      const services = await lab().services();
      const names = ["monitoring", "postgresql", "miniflux"];
      at = Object.fromEntries(names.map((name) => [name, services[name]!.address]));
      mac = Object.fromEntries(
        await Promise.all(names.map(async (name) => [name, await macOf(at[name]!)] as const)),
      );
      // What root does first.
      await lab().on(at.monitoring!, "nft flush ruleset");
    });

    after(async () => {
      await firewall("1");
      await lab().on(at.monitoring!, "systemctl restart nftables");
      const restart = "systemctl reset-failed miniflux; systemctl restart miniflux";
      const { status, stderr } = await lab().on(
        at.miniflux!,
        `ip neigh flush dev eth0; ${restart}`,
      );
      assert.equal(status, 0, stderr);
    });

    /** Takes the place of the database's host while Miniflux restarts; returns who came. */
    const impersonate = async (kind: string): Promise<string[]> => {
      const seconds = "4";
      const options = `${kind} ${mac.monitoring} ${at.postgresql} ${mac.postgresql}`;
      const [fake, attacked] = await Promise.all([
        lab().on(at.monitoring!, `python3 - ${seconds}`, FAKE_DATABASE),
        lab().on(at.monitoring!, `python3 - ${options} ${seconds}`, attack),
        (async () => {
          // Entries of neighbours can't be replaced in their first second.
          await new Promise((done) => setTimeout(done, 1500));
          await lab().on(at.miniflux!, "systemctl --no-block restart miniflux");
        })(),
      ]);
      assert.equal(fake.status, 0, fake.stderr);
      assert.equal(attacked.status, 0, attacked.stderr);
      return fake.stdout.split("\n").filter(Boolean);
    };

    for (const kind of ["address", "arp-other-hardware"]) {
      it(`gets no connection that is meant for the database (${kind})`, async () => {
        assert.deepEqual(await impersonate(kind), []);
      });
    }

    it("would get one if Proxmox VE did not filter what it sends", async () => {
      await firewall("0");
      const came = await impersonate("address");
      assert.ok(came.includes(at.miniflux!), came.join());
      await firewall("1");
    });

    it("becomes no other host's router, even where Proxmox VE lets its announcements pass", async () => {
      const routes = () =>
        lab().on(at.miniflux!, "ip -6 route show default; sysctl -n net.ipv6.conf.eth0.accept_ra");
      await firewall("0");
      const options = `router ${mac.monitoring} ${at.postgresql} ${mac.postgresql} 1`;
      const { status, stderr } = await lab().on(at.monitoring!, `python3 - ${options}`, attack);
      await firewall("1");
      assert.equal(status, 0, stderr);
      assert.equal((await routes()).stdout, "0\n");
    });
  });
}
