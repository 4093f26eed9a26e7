import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { findConflicts, type WantedGuest } from "../../../components/proxmox/conflicts";
import type { Guest } from "../../../components/proxmox/guests";
import { describeGuest } from "../../../components/proxmox/mark";

const stack = { name: "dev", id: "3f9a1c0e" };

/** A manifest: services with ids, names and addresses of their own. */
const manifests = fc.integer({ min: 1, max: 20 }).map((count) =>
  Array.from({ length: count }, (_, n): WantedGuest => {
    return {
      service: `s${n}`,
      formerly: n % 3 === 0 ? [`old${n}`] : [],
      node: "pve1",
      vmid: 7000 + n,
      hostname: `s${n}`,
      address: `10.0.0.${n + 1}`,
      cidr: "10.0.0.0/24",
      bridge: "vmbr0",
      vlan: undefined,
      datastores: ["local-lvm"],
    };
  }),
);

function containerOf(own: WantedGuest, change: Partial<Guest> = {}): Guest {
  const { service, vmid } = own;
  return {
    type: "lxc",
    vmid,
    name: own.hostname,
    node: own.node,
    running: true,
    template: false,
    pool: "nixmox",
    lock: undefined,
    description: describeGuest({ service, vmid, stack: stack.name, stackId: stack.id }),
    addresses: [own.address],
    ...change,
  };
}

/** What makes a container someone else's, though it looks like ours. */
const changes = fc.constantFrom<(guest: Guest) => Partial<Guest>>(
  () => ({ type: "qemu" }),
  () => ({ template: true }),
  () => ({ description: "" }),
  ({ description }) => ({ description: description.replace(stack.id, "00000000") }),
  ({ description }) => ({ description: description.replace("made by", "edited by") }),
  ({ description }) => ({ description: `x${description}` }),
);

describe("the guests that have what the manifest asks for", () => {
  it("are none where every one is this stack's own, on whichever node", () => {
    fc.assert(
      fc.property(manifests, fc.constantFrom("pve1", "pve2"), (wanted, node) => {
        const guests = wanted.map((own) => containerOf(own, { node }));
        assert.deepEqual(findConflicts(stack, wanted, guests), []);
      }),
    );
  });

  it("are exactly the ones that are not", () => {
    fc.assert(
      fc.property(manifests, fc.nat(), changes, (wanted, pick, change) => {
        const foreign = wanted[pick % wanted.length]!;
        const guests = wanted.map((own) => {
          const guest = containerOf(own);
          return own === foreign ? { ...guest, ...change(guest) } : guest;
        });
        assert.deepEqual(
          findConflicts(stack, wanted, guests).map(({ code, service, keys }) => ({
            code,
            service,
            keys,
          })),
          [{ code: "taken", service: foreign.service, keys: ["vmid", "hostname", "ip"] }],
        );
      }),
    );
  });

  it("are found by each thing alone", () => {
    const [own] = fc.sample(manifests, 1)[0]!;
    const stranger = { vmid: 120, name: "nas", addresses: ["10.9.9.9"], description: "" };
    const keysOf = (change: Partial<Guest>) =>
      findConflicts(stack, [own!], [containerOf(own!, { ...stranger, ...change })]).flatMap(
        ({ keys }) => keys,
      );
    assert.deepEqual(keysOf({}), []);
    assert.deepEqual(keysOf({ vmid: own!.vmid }), ["vmid"]);
    assert.deepEqual(keysOf({ name: own!.hostname.toUpperCase() }), ["hostname"]);
    assert.deepEqual(keysOf({ name: `${own!.hostname}.example.lan` }), ["hostname"]);
    assert.deepEqual(keysOf({ addresses: ["10.9.9.9", own!.address] }), ["ip"]);
    // Part of a name or an address is not the name or the address.
    assert.deepEqual(keysOf({ name: `${own!.hostname}-2`, addresses: [`${own!.address}0`] }), []);
  });
});
