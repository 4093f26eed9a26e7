import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { ProviderLists, type ProviderList } from "../../../providers/authentik/attachment";
import type { AuthentikProvider } from "../../../providers/authentik/provider";
import { connect, create, urnOf, useApi } from "./harness";
import { UUID } from "./samples";

const TOKEN = "outpostProviderAttachment:OutpostProviderAttachment";
const SERVICES = Array.from({ length: 50 }, (_, index) => index + 1);
const ROUNDS = 100;

/** An outpost whose list is read and written with some delay, as over a network. */
class SlowOutpost implements ProviderList {
  providers: readonly number[] = [];
  writes = 0;

  constructor(private readonly delay: number) {}

  async read(): Promise<readonly number[]> {
    await sleep(Math.random() * this.delay);
    const { providers } = this;
    await sleep(Math.random() * this.delay);
    return providers;
  }

  async write(providers: readonly number[]): Promise<void> {
    await sleep(Math.random() * this.delay);
    this.providers = [...providers];
    this.writes++;
    await sleep(Math.random() * this.delay);
  }
}

/** What everyone else does: read, append, write. */
async function naively(list: ProviderList, provider: number): Promise<void> {
  const providers = await list.read();
  if (!providers.includes(provider)) await list.write([...providers, provider]);
}

const sorted = (list: readonly number[]) => [...list].sort((a, b) => a - b);

describe("attachments of providers to an outpost that others share", function () {
  this.timeout(120_000);

  it(`${SERVICES.length} at a time, ${ROUNDS} times, lose none; reading and appending does`, async () => {
    let lost = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const outpost = new SlowOutpost(2);
      const lists = new ProviderLists(() => outpost, 1);
      await Promise.all(SERVICES.map((each) => lists.set("outpost", each, true)));
      assert.deepEqual(sorted(outpost.providers), SERVICES);
      const naive = new SlowOutpost(2);
      await Promise.all(SERVICES.map((each) => naively(naive, each)));
      lost += SERVICES.length - naive.providers.length;
    }
    assert.ok(lost > 0, "the naive way loses some");
  });

  it("several processes that write at once lose none either", async () => {
    const rounds = Array.from({ length: 20 }, async () => {
      const outpost = new SlowOutpost(4);
      // Each process has lists of its own, and knows nothing of the others.
      const processes = Array.from({ length: 5 }, () => new ProviderLists(() => outpost, 40));
      await Promise.all(
        SERVICES.map(async (each) => {
          await processes[each % processes.length]?.set("outpost", each, true);
        }),
      );
      await sleep(20);
      assert.deepEqual(sorted(outpost.providers), SERVICES);
    });
    await Promise.all(rounds);
  });

  it("writes what is asked for together at once, and nothing that is there already", async () => {
    const outpost = new SlowOutpost(1);
    const lists = new ProviderLists(() => outpost, 1);
    await Promise.all(SERVICES.map((each) => lists.set("outpost", each, true)));
    assert.equal(outpost.writes, 1);
    await Promise.all(SERVICES.map((each) => lists.set("outpost", each, true)));
    assert.equal(outpost.writes, 1);
    await Promise.all([lists.set("outpost", 7, false), lists.set("outpost", 99, true)]);
    assert.deepEqual(sorted(outpost.providers), sorted([...SERVICES.filter((n) => n !== 7), 99]));
  });

  it("gives up where another program keeps taking out what it adds", async () => {
    const outpost = { read: () => Promise.resolve([]), write: () => Promise.resolve() };
    const lists = new ProviderLists(() => outpost, 0);
    await assert.rejects(lists.set("outpost", 1, true), /other programs keep replacing/);
  });

  describe("through the API", () => {
    const api = useApi();
    let provider: AuthentikProvider;
    before(() => (provider = connect(api)));

    const outpost = () => {
      const entry = api.add("outposts/instances", {
        name: "o",
        type: "proxy",
        config: {},
        providers: [3],
      });
      return { entry, uuid: String(entry.pk) };
    };

    it("is made, read, imported and deleted, and leaves the others alone", async () => {
      const { entry, uuid } = outpost();
      const { id, state, inputs } = await create(provider, TOKEN, {
        outpost: uuid,
        protocolProvider: 7,
      });
      assert.equal(id, `${uuid}:7`);
      assert.deepEqual(entry.providers, [3, 7]);
      const found = await provider.read(id, urnOf(TOKEN), {}, {});
      assert.deepEqual(found?.inputs, inputs);
      assert.deepEqual(found?.properties, state);
      await provider.delete(id, urnOf(TOKEN), state);
      assert.deepEqual(entry.providers, [3]);
      assert.equal(await provider.read(id, urnOf(TOKEN), state, inputs), undefined);
      api.remove("outposts/instances", entry);
      assert.equal(await provider.read(id, urnOf(TOKEN), state, inputs), undefined);
      await provider.delete(id, urnOf(TOKEN), state);
    });

    it("50 at a time lose none over HTTP", async () => {
      for (let round = 0; round < 5; round++) {
        const { entry, uuid } = outpost();
        api.delay = 5;
        await Promise.all(
          SERVICES.map((each) =>
            create(provider, TOKEN, { outpost: uuid, protocolProvider: each }),
          ),
        );
        assert.deepEqual(sorted(entry.providers as number[]), SERVICES);
      }
    });

    it("is replaced by another outpost or provider", () => {
      const old = { outpost: UUID, protocolProvider: 7 };
      const differences = provider.diff(urnOf(TOKEN), old, { outpost: UUID, protocolProvider: 8 });
      assert.deepEqual(differences, [
        { property: "protocolProvider", change: "update", replaces: true },
      ]);
    });

    it("says what an id looks like", async () => {
      await assert.rejects(
        provider.read("7", urnOf(TOKEN), {}, {}),
        /is not like OUTPOST:PROVIDER/,
      );
    });

    it("one that Authentik refuses does not take the others with it", async () => {
      const { entry, uuid } = outpost();
      api.fail(({ method, body }) =>
        method === "PATCH" && (body?.providers as number[]).includes(66)
          ? { status: 400, body: { providers: ['Invalid pk "66".'] } }
          : undefined,
      );
      const results = await Promise.allSettled(
        [7, 66, 8].map((each) =>
          create(provider, TOKEN, { outpost: uuid, protocolProvider: each }),
        ),
      );
      assert.deepEqual(
        results.map(({ status }) => status),
        ["fulfilled", "rejected", "fulfilled"],
      );
      assert.deepEqual(entry.providers, [3, 7, 8]);
      assert.match(
        String((results[1] as PromiseRejectedResult).reason),
        /protocolProviders|providers/,
      );
    });
  });
});
