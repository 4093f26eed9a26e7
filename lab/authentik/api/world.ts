import { isSuperuser, subjectOf } from "../access";
import type { Settings } from "../environment";
import type { Subject } from "../expression";
import type { Kind, Kinds } from "../model";
import type { Store } from "../store";

/** What a request to the API works with. */
export class World {
  readonly #lists = new Map<Kind, Promise<unknown[]>>();

  constructor(
    readonly store: Store,
    readonly settings: Settings,
    /** Scheme, name and port under which the request came. */
    readonly origin: string,
    /** Who asks. */
    readonly caller: Subject,
  ) {}

  get superuser(): boolean {
    return isSuperuser(this.caller);
  }

  /** All objects of a kind, read once per request. */
  all<K extends Kind>(kind: K): Promise<Kinds[K][]> {
    const list = this.#lists.get(kind) ?? this.store.list(kind);
    this.#lists.set(kind, list);
    return list as Promise<Kinds[K][]>;
  }

  async put<K extends Kind>(kind: K, key: string, value: Kinds[K]): Promise<void> {
    await this.store.put(kind, key, value);
    this.#lists.delete(kind);
  }

  async remove(kind: Kind, key: string): Promise<void> {
    await this.store.remove(kind, key);
    this.#lists.delete(kind);
  }

  subjectOf(user: Kinds["user"]): Promise<Subject> {
    return subjectOf(this.store, user);
  }
}
