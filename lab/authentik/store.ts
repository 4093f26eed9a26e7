import { textOf } from "./json";
import type { JsonObject, Kind, Kinds } from "./model";

/** Where all state is: PostgreSQL, or memory in tests. Lists are in the order of creation. */
export interface Store {
  list<K extends Kind>(kind: K): Promise<Kinds[K][]>;
  get<K extends Kind>(kind: K, key: string): Promise<Kinds[K] | undefined>;
  /** Creates or replaces; what has `expires` is not found later than then. */
  put<K extends Kind>(kind: K, key: string, value: Kinds[K], expires?: Date): Promise<void>;
  remove(kind: Kind, key: string): Promise<void>;
  /** Those with this text in a field of theirs. */
  find<K extends Kind>(kind: K, field: string, value: string): Promise<Kinds[K][]>;
  removeWhere(kind: Kind, field: string, value: string): Promise<void>;
  /** Integers that are never given twice. */
  nextNumber(): Promise<number>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

interface Entry {
  readonly json: string;
  readonly expires: number;
}

/** Forgets everything when the process ends. */
export class MemoryStore implements Store {
  readonly #kinds = new Map<Kind, Map<string, Entry>>();
  #number = 0;

  #entries(kind: Kind): Map<string, Entry> {
    const entries = this.#kinds.get(kind) ?? new Map<string, Entry>();
    this.#kinds.set(kind, entries);
    for (const [key, { expires }] of entries) if (expires <= Date.now()) entries.delete(key);
    return entries;
  }

  list<K extends Kind>(kind: K): Promise<Kinds[K][]> {
    const entries = [...this.#entries(kind).values()];
    return Promise.resolve(entries.map(({ json }) => JSON.parse(json) as Kinds[K]));
  }

  get<K extends Kind>(kind: K, key: string): Promise<Kinds[K] | undefined> {
    const entry = this.#entries(kind).get(key);
    return Promise.resolve(entry && (JSON.parse(entry.json) as Kinds[K]));
  }

  put<K extends Kind>(kind: K, key: string, value: Kinds[K], expires?: Date): Promise<void> {
    const entry = { json: JSON.stringify(value), expires: expires?.getTime() ?? Infinity };
    this.#entries(kind).set(key, entry);
    return Promise.resolve();
  }

  remove(kind: Kind, key: string): Promise<void> {
    this.#entries(kind).delete(key);
    return Promise.resolve();
  }

  async find<K extends Kind>(kind: K, field: string, value: string): Promise<Kinds[K][]> {
    const all = await this.list(kind);
    return all.filter((each) => textOf((each as unknown as JsonObject)[field]) === value);
  }

  removeWhere(kind: Kind, field: string, value: string): Promise<void> {
    const entries = this.#entries(kind);
    for (const [key, { json }] of entries) {
      if (textOf((JSON.parse(json) as JsonObject)[field]) === value) entries.delete(key);
    }
    return Promise.resolve();
  }

  nextNumber(): Promise<number> {
    return Promise.resolve(++this.#number);
  }

  ping(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
