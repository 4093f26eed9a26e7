import { setTimeout as sleep } from "node:timers/promises";
import type { Apis } from "./client";
import { ApiError } from "./errors";
import { resource, type Calls } from "./resource";

/** Reads and writes the list of one outpost's providers. */
export interface ProviderList {
  read(): Promise<readonly number[]>;
  write(providers: readonly number[]): Promise<void>;
}

interface Change {
  readonly provider: number;
  readonly wanted: boolean;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

const ROUNDS = 20;
const LONGEST_PAUSE = 2000;

/**
 * Changes lists of providers that others change as well.
 *
 * The API only takes a list as a whole and does not notice that it was changed in between, so two
 * writers lose each other's entries. Within this process, changes that wait are made with one
 * write. Against other processes a write is looked at again once anything that was under way
 * meanwhile has ended, and repeated if it was lost.
 */
export class ProviderLists {
  readonly #waiting = new Map<string, Change[]>();

  constructor(
    private readonly open: (outpost: string) => ProviderList,
    /** The least number of milliseconds after which a write is looked at again. */
    private readonly pause = 50,
  ) {}

  /** Sees to it that a provider is in an outpost's list, or is not. */
  set(outpost: string, provider: number, wanted: boolean): Promise<void> {
    return new Promise((done, failed) => {
      const change = { provider, wanted, done: () => done(), failed };
      const queue = this.#waiting.get(outpost);
      if (queue) queue.push(change);
      else {
        this.#waiting.set(outpost, [change]);
        void this.#work(outpost);
      }
    });
  }

  async #work(outpost: string): Promise<void> {
    const list = this.open(outpost);
    for (;;) {
      // What is called in the same turn is written together.
      await Promise.resolve();
      const changes = this.#waiting.get(outpost) ?? [];
      if (changes.length === 0) break;
      this.#waiting.set(outpost, []);
      await this.#settle(list, changes);
    }
    this.#waiting.delete(outpost);
  }

  async #settle(list: ProviderList, changes: readonly Change[]): Promise<void> {
    try {
      await this.#apply(list, changes);
      for (const change of changes) change.done();
    } catch (error) {
      const refused = error instanceof ApiError && error.status === 400;
      // One that Authentik refuses must not take the others with it.
      if (refused && changes.length > 1) {
        for (const change of changes) await this.#settle(list, [change]);
      } else for (const change of changes) change.failed(error);
    }
  }

  async #apply(list: ProviderList, changes: readonly Change[]): Promise<void> {
    let window = this.pause;
    for (let round = 0; round < ROUNDS; round++) {
      const present = await list.read();
      const wanted = applied(present, changes);
      // There is nothing to write, or what was written has lasted.
      if (wanted === undefined) return;
      const started = Date.now();
      await list.write(wanted);
      // What another has read before may be written a few times later than this took.
      window = Math.min(Math.max(window, 4 * (Date.now() - started)), LONGEST_PAUSE);
      await sleep(window * (1 + Math.random()));
    }
    throw new ApiError("other programs keep replacing its providers. End them, and run it again");
  }
}

/** The list with the changes made, or nothing if it has them all. */
function applied(present: readonly number[], changes: readonly Change[]): number[] | undefined {
  const list = new Set(present);
  for (const { provider, wanted } of changes) {
    if (wanted) list.add(provider);
    else list.delete(provider);
  }
  const same = list.size === present.length && present.every((provider) => list.has(provider));
  return same ? undefined : [...list];
}

const lists = new WeakMap<object, ProviderLists>();

/** The lists of one connection, which all resources have in common. */
function listsOf(apis: Apis): ProviderLists {
  const known = lists.get(apis);
  if (known) return known;
  const made = new ProviderLists((uuid) => ({
    read: async () => (await apis.outposts.outpostsInstancesRetrieve({ uuid })).providers,
    write: async (providers) => {
      const patchedOutpostRequest = { providers: [...providers] };
      await apis.outposts.outpostsInstancesPartialUpdate({ uuid, patchedOutpostRequest });
    },
  }));
  lists.set(apis, made);
  return made;
}

interface Attachment {
  readonly outpost: string;
  readonly protocolProvider: number;
}

const parse = (key: string): Attachment => {
  const [outpost = "", provider = ""] = key.split(":");
  if (!/^\d+$/.test(provider)) {
    throw new ApiError("the id is not like OUTPOST:PROVIDER, with the outpost's id and the number");
  }
  return { outpost, protocolProvider: Number(provider) };
};

const read: Calls<Attachment, Attachment>["read"] = async ({ outposts }, key) => {
  const attachment = parse(key);
  const { providers } = await outposts.outpostsInstancesRetrieve({ uuid: attachment.outpost });
  if (providers.includes(attachment.protocolProvider)) return attachment;
  throw new ApiError("the outpost does not have the provider", 404);
};

export const outpostProviderAttachment = resource<Attachment, Attachment>({
  what: "outpost provider attachment",
  name: "",
  unique: [],
  id: ({ outpost, protocolProvider }) => `${outpost}:${protocolProvider}`,
  async create(apis, attachment) {
    await listsOf(apis).set(attachment.outpost, attachment.protocolProvider, true);
    return attachment;
  },
  read,
  // Either property replaces the attachment, so that there is nothing to change.
  update: read,
  async remove(apis, key) {
    const { outpost, protocolProvider } = parse(key);
    await listsOf(apis).set(outpost, protocolProvider, false);
  },
  find: () => Promise.resolve({ results: [] }),
});
