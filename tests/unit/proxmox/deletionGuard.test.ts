import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "mocha";
import { checkDeletion } from "../../../components/proxmox/deletionGuard";
import { describeGuest } from "../../../components/proxmox/mark";
import { type FakeGuest, FakeProxmox } from "./fakeProxmox";

const mark = { service: "miniflux", stack: "dev", stackId: "3f9a1c0e", vmid: 7015 };
const urn = "urn:pulumi:dev::nixmox::nixmox:index:Service$proxmoxve:index:Lxc::miniflux-container";

/** What the state says of the container. */
const inputs = {
  nodeName: "pve1",
  vmId: 7015,
  description: describeGuest(mark, "2.1"),
  initialization: { hostname: "miniflux" },
  tags: ["nixmox"],
};

const own = (change: Partial<FakeGuest> = {}): FakeGuest => ({
  vmid: 7015,
  name: "miniflux",
  config: { description: `${inputs.description}\n` },
  ...change,
});

describe("the deletion guard", () => {
  let fake: FakeProxmox;

  before(async () => {
    fake = await FakeProxmox.start();
  });
  beforeEach(() => {
    fake.guests = [];
    fake.answers = {};
  });
  after(() => fake.stop());

  const check = (guests: readonly FakeGuest[], state: object = inputs) => {
    fake.guests = guests;
    return checkDeletion(fake.access, urn, state);
  };

  const refusal = async (guests: readonly FakeGuest[], state: object = inputs) => {
    const error: unknown = await check(guests, state).then(
      () => assert.fail("it lets it be deleted"),
      (reason: unknown) => reason,
    );
    return (error as Error).message;
  };

  it("lets the container that the state describes be deleted", async () => {
    await check([own(), { vmid: 120, name: "nas" }]);
    await check([own({ running: true, config: { description: describeGuest(mark, "2.0") } })]);
    await check([own({ config: { description: `Of Bob.\n${inputs.description}\n` } })]);
  });

  it("accepts a container that is gone already, even if it disappears during the check", async () => {
    await check([]);
    await check([{ vmid: 120, name: "nas" }]);
    const gone = "Configuration file 'nodes/pve1/lxc/7015.conf' does not exist";
    await check([own({ refuses: [500, gone] })]);
  });

  it("keeps a template, even with the container's own notes", async () => {
    const message = await refusal([own({ row: { template: 1 } })]);
    assert.match(
      message,
      /there is container template 7015 \(miniflux\) on node pve1 now\. To forget/,
    );
  });

  it("keeps someone else's guest, and says how to forget it", async () => {
    assert.equal(
      await refusal([{ vmid: 7015, name: "nas" }]),
      "Unable to delete container 7015 on node pve1: it is no longer the one created for service " +
        "miniflux by stack dev: there is container 7015 (nas) on node pve1 now. To forget it and leave " +
        `it alone, run \`pulumi state delete --stack dev '${urn}'\`.`,
    );
    for (const change of [
      { service: "feeds" },
      { stackId: "00000000" },
      { vmid: 120 },
    ] satisfies Partial<typeof mark>[]) {
      const description = describeGuest({ ...mark, ...change });
      assert.match(await refusal([own({ config: { description } })]), /no longer the one/);
    }
  });

  it("keeps a VM, though it carries the mark", async () => {
    assert.match(await refusal([own({ type: "qemu" })]), /there is VM 7015 \(miniflux\) on node/);
  });

  it("says which line to put back where only the notes were edited", async () => {
    const line = `If only its notes were edited, put this line back into them: "${describeGuest(mark)}".`;
    assert.ok((await refusal([own({ config: { description: "feeds" } })])).includes(line));
    await check([own({ config: { description: describeGuest(mark) } })]);
    assert.ok(!(await refusal([{ vmid: 7015, name: "nas" }])).includes(line));
  });

  it("keeps a container that was moved to another node, where Proxmox VE would not find it", async () => {
    assert.match(
      await refusal([own({ node: "pve2" })]),
      /: it is on node pve2 now\. Move it back with `pct migrate 7015 pve1 --restart` on that node\. To forget/,
    );
  });

  it("keeps what it can't identify", async () => {
    const denied = own({ refuses: [403, "Permission check failed"] });
    assert.match(await refusal([denied]), /its configuration can't be read: it answers 403/);
    const unseen = own({ hidden: true });
    assert.match(await refusal([unseen]), /the API token may not see the guest that has this id/);
    assert.match(
      await refusal([own()], { ...inputs, description: "miniflux, made by NixMox" }),
      /the state does not say who created it, and there is container 7015 \(miniflux\)/,
    );
    fake.answers["cluster/resources"] = [500, "no quorum", "{}"];
    assert.match(
      await refusal([own()]),
      /^Unable to use Proxmox VE at .*: it answers 500 no quorum/,
    );
  });
});
