import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { after, before, describe, it } from "mocha";
import { destroyLab } from "../../lab/lab";
import { TestLab } from "./pve/testLab";
import { NotesHost } from "./switch/notesHost";

/** How a host gets from one system to the next, on a host of the lab with this project's base module. */
describe("switching a host", function () {
  this.timeout("10m");
  let lab: TestLab | undefined;
  let host: NotesHost;

  before(async () => {
    lab = await TestLab.start();
    host = new NotesHost(lab);
    await host.create();
  });
  after(async () => {
    if (!lab) return;
    await destroyLab({ dir: lab.dir, log: () => undefined });
    lab.removeFolder();
  });

  /** Until nothing switches any more. */
  const ended = () =>
    host.on(
      "while systemctl is-active --quiet nixos-rebuild-switch-to-configuration; do sleep 0.2; done",
    );
  const states = () =>
    host.on("systemctl is-active slow notes; cat /etc/generation; systemctl --failed --quiet");

  it("activates what was built, and says so again when asked again", async () => {
    const system = await host.build({ generation: "first" });
    for (const _ of ["once", "again"]) {
      const { status, stdout, stderr } = await host.switchTo(system);
      assert.equal(status, 0, stderr);
      assert.equal(stdout, `${system}\n`);
    }
    assert.equal(await states(), "active\nactive\nfirst");
  });

  it("gives it the network, the time zone and the journal that the manifest says", async () => {
    const [zone, link, address, route] = (
      await host.on(
        "date +%Z; cat /sys/class/net/eth0/mtu; ip -brief -4 address show eth0; ip route show default",
      )
    ).split("\n");
    assert.equal(zone, "JST");
    assert.equal(link, "1400");
    assert.match(address!, new RegExp(` ${lab!.address(host.vmid)}/24 $`.replaceAll(".", "\\.")));
    assert.match(route!, new RegExp(`^default via ${lab!.info.network.gateway} dev eth0`));
    const journal = await host.on("journalctl --unit systemd-journald --output cat | tail -n 1");
    assert.match(journal, /max 256\.0M/);
  });

  it("leaves it names from outside while the homelab's resolver is down", async () => {
    const server = createSocket("udp4", (query, { port, address }) =>
      server.send(answer(query, [192, 0, 2, 1]), port, address),
    );
    server.bind(53, lab!.info.network.gateway);
    await once(server, "listening");
    try {
      assert.match(await host.on("getent ahostsv4 cache.example"), /^192\.0\.2\.1 /);
    } finally {
      server.close();
    }
  });

  describe("whose connection breaks, or which fails,", () => {
    it("goes on to its end if that happens while units are stopped, and the next one waits for it and sees the outcome", async () => {
      const system = await host.build({ generation: "second" });
      await host.breakOff(system);
      const { status, stdout, stderr } = await host.switchTo(system);
      assert.equal(status, 0, stderr);
      assert.equal(stdout, `${system}\n`);
      assert.match(stderr, /It is being activated already, since a connection broke\.\n[^]*slow/);
      assert.equal(await states(), "active\nactive\nsecond");
    });

    it("goes back if units fail, though nobody watches", async () => {
      const system = await host.build({ generation: "third", broken: true });
      await host.breakOff(system);
      await ended();
      assert.equal(await states(), "active\nactive\nsecond");
      const log = await host.on("cat /run/nixmox-switch/log /run/nixmox-switch/status");
      assert.match(
        log,
        /: units failed: broken\.service\. The host is back on the previous generation\./,
      );
      assert.match(log, /\n4$/);
    });

    it("tells a failed activation script from failed units", async () => {
      const system = await host.build({ generation: "third", script: "exit 1" });
      const { status, stderr } = await host.switchTo(system);
      assert.equal(status, 2);
      assert.match(
        stderr,
        /: its activation script failed \(above\)\. The host is back on the prev/,
      );
      assert.equal(await states(), "active\nactive\nsecond");
    });
  });

  describe("to a system that only a reboot leads to", () => {
    let system: string;
    before(async () => (system = await host.build({ generation: "third", dbus: "broker" })));

    it("is refused if the manifest does not allow a reboot, and changes nothing", async () => {
      const generations = await host.on("nixos-rebuild list-generations");
      const { status, stderr } = await host.switchTo(system);
      assert.equal(status, 1);
      assert.match(stderr, /dbus-implementation : dbus -> broker/);
      assert.match(stderr, /exchange its dbus-implementation\. Nothing was changed\. Set reboot =/);
      assert.equal(await host.on("nixos-rebuild list-generations"), generations);
      assert.equal(await states(), "active\nactive\nsecond");
    });

    it("reboots if the manifest allows it, and the deployment waits until the host is back", async () => {
      const boot = await host.bootId();
      const { status, stdout, stderr } = await host.switchTo(system, "when_needed");
      assert.equal(status, 0, stderr);
      assert.equal(stdout, `${system}\n`);
      assert.equal(await host.awaitBoot(system), `${system}\n`);
      assert.notEqual(await host.bootId(), boot);
      assert.equal(await states(), "active\nactive\nthird");
    });
  });

  describe("many times", () => {
    it("leaves five generations of twenty, and what they need, to the weekly cleaning", async () => {
      const began = Date.now();
      await host.on(
        `echo '{"dbus":"broker"}' >/etc/nixos/nixos/hosts/system.json
          for n in {1..20}; do
          printf %s $n >/etc/nixos/nixos/hosts/generation
          nixos-rebuild switch --flake /etc/nixos#notes >/dev/null 2>&1
        done`,
        300,
      );
      console.log(`      20 rebuilds took ${Math.round((Date.now() - began) / 1000)} s`);
      const [before_, kept, last] = (
        await host.on(
          `nixos-rebuild list-generations | tail -n +2 | wc -l
          systemctl start nix-gc.service
          nixos-rebuild list-generations | tail -n +2 | wc -l
          cat /etc/generation
          nix-store --verify --check-contents`,
        )
      ).split("\n");
      assert.ok(Number(before_) >= 20, before_);
      assert.equal(kept, "5");
      assert.equal(last, "20");
    });

    it("survives a reboot with everything healthy, and with what a login needs", async () => {
      await lab!.rebootFromInside(host.vmid);
      assert.equal(await host.on("systemctl is-system-running --wait"), "running");
      assert.equal(await states(), "active\nactive\n20");
      assert.equal(
        await host.on("readlink /run/current-system /run/booted-system"),
        await host.on("readlink -f /nix/var/nix/profiles/system{,}"),
      );
      assert.match(await host.on("nixos-rebuild list-generations"), /True$/);
      assert.match(
        await host.on("command -v nixmox-fragment"),
        /^\/run\/current-system\/sw\/bin\//,
      );
    });
  });
});

/** An answer with one address to a DNS query, which it repeats. */
function answer(query: Buffer, address: readonly number[]): Buffer {
  const end = query.indexOf(0, 12) + 5;
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(0x8180, 2);
  header.writeUInt16BE(1, 6);
  header.fill(0, 8);
  // The name of the question, A, IN, a minute, four bytes.
  const record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address];
  return Buffer.concat([header, query.subarray(12, end), Buffer.from(record)]);
}
