import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { labPaths } from "../../../lab/paths";
import { ask, work } from "./client";
import { execute, type TestLab } from "./testLab";

const [ATTACKER, VICTIM, PEER] = [240, 241, 242];
const MAC = (vmid: number) => `02:00:00:00:00:${(vmid - 200).toString(16)}`;
const CLUSTER = "/cluster/firewall/options";
const OPTIONS = `/nodes/pve1/lxc/${ATTACKER}/firewall/options`;
const CONFIG = `/nodes/pve1/lxc/${ATTACKER}/config`;

/** What NixMox sets for each container. */
const FILTERED = {
  enable: "1",
  policy_in: "ACCEPT",
  policy_out: "ACCEPT",
  ipfilter: "1",
  macfilter: "1",
  dhcp: "0",
  radv: "0",
};

/** Ways to take a neighbour's place, and what the neighbours see if one works. */
const attacks: Record<string, RegExp> = {
  address: /answer attacker/,
  arp: /answer attacker/,
  "arp-other-hardware": /answer attacker/,
  "arp-tagged": /answer attacker/,
  mac: /answer attacker|silence/,
  source: /packet [\d.]+\.241/,
  router: /default .*via fe80/,
};

/** What a container may send, tried by root in one against real neighbours. */
export function describeFirewall(lab: () => TestLab): void {
  describe("filters what a container sends", () => {
    /** Runs a program as root in a container, however its network is. */
    const within = (vmid: number, script: string, ...args: string[]) =>
      execute("/usr/bin/lxc-attach", [
        ...["-P", labPaths(lab().dir).run, "-n", String(vmid), "--clear-env", "--"],
        ...["/usr/bin/python3", "-c", script, ...args],
      ]);
    const program = (name: string) => readFileSync(join(__dirname, name), "utf8");
    /** A unit that answers each connection with a word, whatever becomes of the network. */
    const serve = (word: string) =>
      [
        "systemd-run --quiet --unit=speaker --property=Restart=always /usr/bin/python3 -c",
        `'import socket
server = socket.create_server(("", 7000), backlog=100)
while True:
    connection, _ = server.accept()
    connection.sendall(b"${word}")
    connection.close()'`,
        "&& timeout 30 sh -c 'until ss -ltn | grep -q :7000; do sleep 0.1; done'",
        "|| { systemctl status speaker; ss -ltn; exit 1; }",
      ].join(" ");
    const net = (vmid: number, flag: "0" | "1") =>
      `name=eth0,bridge=vmbr0,hwaddr=${MAC(vmid)},ip=${lab().address(vmid)}/24,firewall=${flag}`;

    const create = (vmid: number) =>
      work(lab(), "POST", "/nodes/pve1/lxc", {
        ...lab().container(vmid),
        net0: net(vmid, "1"),
        memory: "128",
      });

    /** What the peer sees while an attack goes on. */
    const attempt = async (kind: string): Promise<string> => {
      const victim = lab().address(VICTIM);
      const [seen, attacked] = await Promise.all([
        within(PEER, program("observe.py"), victim, "1.5"),
        within(ATTACKER, program("attack.py"), kind, MAC(ATTACKER), victim, MAC(VICTIM), "1.7"),
      ]);
      assert.equal(attacked.code, 0, attacked.stderr);
      assert.equal(seen.code, 0, seen.stderr);
      return seen.stdout;
    };

    const works = async (kind: string) => attacks[kind]!.test(await attempt(kind));

    const rules = () =>
      execFileSync(
        "nft",
        ["list", "table", "bridge", `nmx_${lab().info.bridge.replace("-", "_")}`],
        {
          encoding: "utf8",
        },
      );

    before(async () => {
      await Promise.all([ATTACKER, VICTIM, PEER].map(create));
      await ask(lab(), "PUT", OPTIONS, FILTERED);
      for (const [vmid, word] of [
        [VICTIM, "victim"],
        [ATTACKER, "attacker"],
      ] as const) {
        await lab().inside(vmid, serve(word));
      }
      await lab().inside(PEER, "true");
    });

    after(async () => {
      await ask(lab(), "PUT", CLUSTER, { enable: "1" });
      for (const vmid of [ATTACKER, VICTIM, PEER]) {
        await work(lab(), "DELETE", `/nodes/pve1/lxc/${vmid}`, { force: "1" });
      }
      assert.doesNotMatch(rules(), /240/);
    });

    for (const [kind, success] of Object.entries(attacks)) {
      it(`${kind}: fails with the datacenter's firewall on, and works with it off`, async () => {
        await ask(lab(), "PUT", CLUSTER, { enable: "1" });
        // The attack before this one has just worked.
        await lab().inside(PEER, "ip neigh flush all");
        const seen = await attempt(kind);
        assert.doesNotMatch(seen, success);
        assert.match(seen, /answer victim/);
        await ask(lab(), "PUT", CLUSTER, { enable: "0" });
        assert.match(await attempt(kind), success);
      });
    }

    it("only if the container's options and the interface's flag say so, from then on", async () => {
      await ask(lab(), "PUT", CLUSTER, { enable: "1" });
      assert.equal(await works("arp"), false);
      await ask(lab(), "PUT", CONFIG, { net0: net(ATTACKER, "0") });
      assert.equal(await works("arp"), true);
      await ask(lab(), "PUT", CONFIG, { net0: net(ATTACKER, "1") });
      await ask(lab(), "PUT", OPTIONS, { ipfilter: "0" });
      assert.equal(await works("arp"), true);
      await ask(lab(), "PUT", OPTIONS, { ipfilter: "1" });
      assert.equal(await works("arp"), false);
    });

    it("and tells its options, with a digest against lost changes", async () => {
      const { digest, ...options } = await ask<Record<string, unknown>>(lab(), "GET", OPTIONS);
      assert.deepEqual(options, {
        ...{ enable: 1, dhcp: 0, ipfilter: 1, macfilter: 1, radv: 0 },
        ...{ policy_in: "ACCEPT", policy_out: "ACCEPT" },
      });
      await assert.rejects(
        ask(lab(), "PUT", OPTIONS, { enable: "0", digest: "0".repeat(40) }),
        /detected modified configuration/,
      );
      await ask(lab(), "PUT", OPTIONS, { delete: "radv", digest: String(digest) });
      assert.equal("radv" in (await ask<object>(lab(), "GET", OPTIONS)), false);
    });
  });
}
