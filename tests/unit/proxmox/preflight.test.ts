import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "mocha";
import * as pulumi from "@pulumi/pulumi";
import { preflight } from "../../../components/proxmox/preflight";
import { grantsFor } from "../../../components/proxmox/privileges";
import { type FakeGuest, FakeProxmox, TOKEN } from "./fakeProxmox";
import { grantedBy, places, stackPlaces } from "./grants";
import { caddy, description, miniflux, own, stack } from "./samples";
import { warningsOf } from "../warnings";

const stranger: FakeGuest = { vmid: 120, name: "nas", node: "pve2" };

describe("the preflight at Proxmox VE", () => {
  let fake: FakeProxmox;

  before(async () => {
    fake = await FakeProxmox.start();
  });
  beforeEach(() => {
    fake.guests = [];
    fake.answers = {};
    fake.delay = 0;
    fake.permissions = grantedBy();
    fake.firewall = { enable: 1 };
  });
  after(() => fake.stop());

  const passes = (...guests: FakeGuest[]) => {
    fake.guests = guests;
    return preflight(fake.access, stack, [miniflux, caddy], stackPlaces);
  };

  /** The lines of the refusal. */
  const refusal = async (guests: readonly FakeGuest[], wanted = [miniflux, caddy]) => {
    fake.guests = guests;
    const error: unknown = await preflight(fake.access, stack, wanted, stackPlaces).then(
      () => assert.fail("it passed"),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof pulumi.RunError, String(error));
    assert.ok(!error.message.includes(TOKEN.split("=")[1]!));
    const [, text = ""] = /^Unable to use Proxmox VE at https:\/\/[^ ]+?:(?!\d)(.*)$/s.exec(
      error.message,
    ) ?? ["", assert.fail(error.message)];
    return text
      .trim()
      .split("\n")
      .map((line) => line.trim());
  };

  const only = async (...guests: FakeGuest[]) => {
    const lines = await refusal(guests);
    assert.equal(lines.length, 1, lines.join("\n"));
    return lines[0]!;
  };

  describe("lets pass", () => {
    it("an empty cluster, and guests that have nothing from the manifest", async () => {
      await passes();
      await passes(stranger, { type: "qemu", vmid: 100, name: "plex", running: true });
    });

    it("containers of its own: running, stopped, half created, on another node, under a former name", async () => {
      await passes(own());
      await passes(own({ running: false }));
      await passes(own({ row: { lock: "create" } }));
      await passes(own({ node: "pve2" }));
      await passes(own({ config: { description: description("reader", 7015) } }));
    });

    it("a description that people added to, or that arrives encoded", async () => {
      const text = `Backed up.\n${description("miniflux", 7015)}`;
      await passes(own({ config: { description: text } }));
      await passes(own({ config: { description: encodeURIComponent(text) } }));
    });

    it("other people's tags and pools, storages in the list, and numbers that arrive as text", async () => {
      const row = { tags: "web;family", vmid: "7015", template: "0" };
      await passes(own({ row }), { ...stranger, row: { pool: "media" } });
      const storage = { id: "storage/pve1/local", type: "storage", node: "pve1", storage: "local" };
      fake.answers["cluster/resources"] = [200, "OK", JSON.stringify({ data: [storage] })];
      await passes();
    });

    it("guests with addresses by DHCP, by hand, or none", async () => {
      const nets = { net0: "name=eth0,ip=dhcp", net1: "name=eth1,ip=manual", net2: "name=eth2" };
      await passes({ ...stranger, config: nets });
    });

    it("a guest that disappears during the check", async () => {
      const gone = "Configuration file 'nodes/pve2/lxc/120.conf' does not exist";
      await passes({ ...stranger, refuses: [500, gone] });
    });

    it("guests of a node that is off, with a warning", async () => {
      const { warn } = console;
      const warnings: string[] = [];
      console.warn = (text: string) => warnings.push(text);
      await passes({ ...stranger, refuses: [595, "No route to host"] }).finally(() => {
        console.warn = warn;
      });
      assert.equal(warnings.length, 1);
      assert.match(warnings[0]!, /Node pve2 does not answer, so its guests' addresses were not/);
    });
  });

  describe("refuses", () => {
    it("an id of a container, a VM or a template, on any node", async () => {
      const line = await only({ vmid: 7015, name: "nas", node: "pve2" });
      assert.equal(
        line,
        "service miniflux has vmid 7015 in the manifest, and so has container 7015 (nas) on node pve2, " +
          "which this stack did not create. Give service miniflux another vmid, such as 7016.",
      );
      const vm: FakeGuest = { type: "qemu", vmid: 7015, name: "plex" };
      assert.match(await only(vm), /so has VM 7015 \(plex\) on node pve1/);
      const template = { ...vm, row: { template: 1 } };
      assert.match(await only(template), /so has VM template 7015 \(plex\)/);
    });

    it("proposes an id that is free", async () => {
      const taken = [7015, 7016, 7017].map((vmid) => ({ vmid, name: `nas${vmid}` }));
      assert.match((await refusal(taken))[0]!, /such as 7018\./);
      const wanted = [miniflux, { ...caddy, vmid: 7016 }];
      const lines = await refusal([{ vmid: 7015, name: "nas" }], wanted);
      assert.match(lines[0]!, /such as 7017\./);
    });

    it("a host name, in any case, with or without a domain", async () => {
      for (const name of ["Miniflux", "MINIFLUX.home.lan"]) {
        assert.match(
          await only({ ...stranger, name }),
          /service miniflux has hostname miniflux in the manifest, and so has container 120 .*\. Give service miniflux another hostname\.$/,
        );
      }
    });

    it("a host name that the list does not know", async () => {
      const nameless: FakeGuest = { ...stranger, name: "miniflux", row: { name: undefined } };
      assert.match(await only(nameless), /hostname miniflux .*container 120 \(miniflux\)/);
    });

    it("an address of a stopped container, of cloud-init, by DHCP or set inside", async () => {
      const said = /has ip 192\.168\.99\.15 in the manifest, and so has .* 120 \(nas\)/;
      const net = "name=eth1,bridge=vmbr0,ip=192.168.99.15/24";
      assert.match(await only({ ...stranger, config: { net1: net } }), said);
      const cloud = { ipconfig0: "gw=192.168.99.1,ip=192.168.99.15/24", net0: "virtio=BC:24:11:0" };
      assert.match(await only({ ...stranger, type: "qemu", config: cloud }), said);
      const dhcp = { ...stranger, running: true, config: { net0: "name=eth0,ip=dhcp" } };
      const ipAddress = { "ip-address-type": "inet", "ip-address": "192.168.99.15", prefix: 24 };
      for (const link of [{ inet: "192.168.99.15/24" }, { "ip-addresses": [ipAddress] }]) {
        assert.match(await only({ ...dhcp, interfaces: [{ name: "eth0", ...link }] }), said);
      }
    });

    it("its own container with edited notes, and says which line to put back", async () => {
      for (const text of ["my feeds", undefined, "miniflux, made by NixMox"]) {
        const line = await only(own({ config: { description: text } }));
        const expected = description("miniflux", 7015).trim();
        assert.ok(line.includes(`put this line back into them: "${expected}".`), line);
        await passes(own({ config: { description: expected } }));
      }
    });

    it("does not propose that line for a guest that only has the id", async () => {
      assert.doesNotMatch(await only({ vmid: 7015, name: "nas" }), /this line/);
      const vm: FakeGuest = { type: "qemu", vmid: 7015, name: "miniflux" };
      assert.doesNotMatch(await only(vm), /this line/);
    });

    it("a container of another stack, even one with the same name", async () => {
      const of = (id: string, name: string) =>
        only(own({ config: { description: description("miniflux", 7015, id, name) } }));
      assert.match(
        await of("00000000", "prod"),
        /which stack prod created for its service miniflux/,
      );
      assert.match(await of("00000000", "dev"), /which another stack dev \(00000000\) created for/);
    });

    it("a VM that carries the mark", async () => {
      const vm = own({ type: "qemu" });
      assert.match(await only(vm), /VM 7015 \(miniflux\) on node pve1, which this stack did not/);
    });

    it("a clone of its own container", async () => {
      const lines = await refusal([own(), own({ vmid: 120, running: false })]);
      assert.deepEqual(lines, [
        "service miniflux has hostname miniflux, ip 192.168.99.15 in the manifest, and so has " +
          "container 120 (miniflux) on node pve1, which is a copy of container 7015 of this stack. " +
          "Remove the copy if it is not needed. Otherwise give service miniflux another hostname and another ip.",
      ]);
    });

    it("another service's container of this stack", async () => {
      const line = await only(own({ config: { description: description("feeds", 7015) } }));
      assert.match(line, /this stack's container of service feeds\. If miniflux is the new name/);
      assert.match(line, /write formerly = "feeds"/);
    });

    it("a container that is still being created", async () => {
      const line = await only({ vmid: 7015, name: "", row: { lock: "create" } });
      assert.match(
        line,
        /It is still being created: if this stack is creating it, try again in a minute\./,
      );
    });

    it("what it can't tell from its own because the configuration can't be read", async () => {
      const denied = [403, "Permission check failed (/vms/7015, VM.Audit)"] as const;
      assert.match(
        await only(own({ refuses: denied })),
        /container 7015 .*whose configuration can't be read: it answers 403 Permission check failed/,
      );
      assert.match(
        await only({ ...stranger, refuses: denied }),
        /^the configuration of container 120 \(nas\) on node pve2 can't be read/,
      );
      const off = own({ node: "pve2", refuses: [595, "No route to host"] });
      assert.match(await only(off), /it answers 595 No route to host .*Start node pve2, or/);
    });

    it("an id of a guest that the token may not see", async () => {
      assert.match(
        await only({ vmid: 7015, name: "secret", hidden: true }),
        /^service miniflux has vmid 7015 in the manifest, and so has a guest that the API token may/,
      );
    });

    it("a token that may not see all guests", async () => {
      const { "/vms": _, ...elsewhere } = grantedBy();
      for (const more of [
        {},
        { "/pool/media": { "VM.Audit": 1 } },
        { "/vms": { "VM.Audit": 0 } },
        { "/vms": { "VM.Allocate": 1 } },
      ]) {
        fake.permissions = { ...elsewhere, ...more };
        assert.match(
          await only(),
          /lacks the privileges VM\.Audit on \/vms\. .*: `pveum acl modify \/vms --users nixmox@pve --tokens 'nixmox@pve!test' --roles NixMoxAudit`\.$/,
        );
      }
    });

    it("a token that is wrong, before it asks for more", async () => {
      const { asked } = fake;
      const before = asked.length;
      const access = { ...fake.access, token: "nixmox@pve!test=wrong" };
      await assert.rejects(preflight(access, stack, [], stackPlaces), {
        constructor: pulumi.RunError,
        message: /it refuses the API token \(401\)\. Give it a valid one/,
      });
      assert.equal(asked.length, before + 1);
    });

    it("everything that is wrong at once", async () => {
      fake.permissions = { "/vms": { "VM.Audit": 1 }, "/pool/nixmox": { "VM.Allocate": 1 } };
      const wanted = [{ ...miniflux, node: "pve9" }, caddy];
      const lines = await refusal(
        [
          { vmid: 7015, name: "nas" },
          { vmid: 1, name: "proxy" },
        ],
        wanted,
      );
      assert.equal(lines.length, 4, lines.join("\n"));
      assert.match(
        lines[0]!,
        /^it has no node pve9; its nodes are pve1, pve2\. Correct nixmox:node/,
      );
      assert.match(
        lines[1]!,
        /^the API token lacks the privileges VM\.Config\.CPU, .* on \/pool\/nixmox; .*SDN\.Use on \/sdn\/.*\. Give.*`pveum role modify NixMox --append 1 --privs "VM\.Config\.CPU .*`, `pveum acl/,
      );
      assert.match(lines[2]!, /^service miniflux has vmid 7015/);
      assert.match(lines[3]!, /^service caddy has hostname proxy/);
    });
  });

  describe("says, and goes on", () => {
    /** The warnings of a run that passes. */
    const warnings = () => warningsOf(() => passes(own()));

    it("nothing where all is as the README has it", async () => {
      assert.deepEqual(await warnings(), []);
    });

    it("what the token may do and need not", async () => {
      const { "/vms": audit, ...others } = grantedBy();
      fake.permissions = {
        ...others,
        "/vms": { ...audit, "VM.Console": 1 },
        "/nodes": { "Sys.Modify": 1 },
      };
      const [said, ...more] = await warnings();
      assert.match(said!, /VM\.Console on \/vms; Sys\.Modify on \/nodes\. README/);
      assert.deepEqual(more, []);
    });

    it("that the datacenter's firewall is off, ignores ARP, or is unknown", async () => {
      for (const [options, says] of [
        [{}, /is off, so a compromised container.*pvesh set .*--enable 1.*Before that, allow/],
        [{ enable: 0 }, /is off/],
        [{ enable: 1, ebtables: 0 }, /ignores ARP/],
      ] as const) {
        fake.firewall = options;
        const [said, ...more] = await warnings();
        assert.match(said!, says);
        assert.deepEqual(more, []);
      }
      const refused = [403, "Permission check failed (/, Sys.Audit)", '{"data":null}'] as const;
      fake.answers = { "cluster/firewall/options": refused };
      const { "/": _, ...others } = grantedBy();
      fake.permissions = others;
      assert.match((await warnings())[0]!, /can't be determined without Sys\.Audit on \//);
    });
  });

  describe("containers outside the pool", () => {
    const outside = () => own({ row: { pool: undefined } });

    it("are named with the command that adds them", async () => {
      assert.match(
        await only(outside()),
        /containers 7015 \(miniflux\) are not in the pool nixmox.*`pvesh set \/pools --poolid nixmox --vms 7015 --allow-move 1`/,
      );
    });

    it("are no problem if the token may change them anyway, or there is no pool", async () => {
      fake.permissions = { ...grantedBy(), "/vms/7015": { "VM.Allocate": 1, "VM.Audit": 1 } };
      await passes(outside());
      fake.permissions = grantedBy(grantsFor({ ...places, pool: "" }));
      await preflight(fake.access, stack, [miniflux, caddy], { ...stackPlaces, pool: "" });
    });
  });

  it("takes a template for someone else's, even with our own notes", async () => {
    assert.match(
      await only(own({ row: { template: 1 } })),
      /service miniflux has vmid 7015, .* and so has container template 7015 \(miniflux\) on node pve1, which this stack did not create/,
    );
  });

  it("asks about two hundred guests within seconds, a few at a time", async () => {
    const many = Array.from({ length: 200 }, (_, n) => ({
      vmid: 200 + n,
      name: `guest${n}`,
      running: true,
    }));
    fake.delay = 20;
    fake.atOnce = 0;
    const began = Date.now();
    await passes(...many);
    assert.ok(Date.now() - began < 10_000);
    assert.ok(fake.atOnce > 1 && fake.atOnce <= 8, String(fake.atOnce));
  });

  it("asks for nothing beyond what NixMoxAudit allows", async () => {
    fake.asked.length = 0;
    await passes({ type: "qemu", vmid: 100, name: "plex", running: true }, own(), stranger);
    assert.deepEqual([...new Set(fake.asked.map((path) => path.replace(/\d+/g, "N")))].sort(), [
      "access/permissions",
      "cluster/firewall/options",
      "cluster/nextid",
      "cluster/resources",
      "nodes",
      "nodes/pveN/lxc/N/config",
      "nodes/pveN/network",
      "nodes/pveN/qemu/N/config",
      "nodes/pveN/storage",
    ]);
  });
});
