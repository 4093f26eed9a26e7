import type { JsonObject, Kind, Kinds } from "../model";
import type { World } from "./world";

/** One type of object of the API, whose verbs `crud.ts` serves. */
export interface Resource<K extends Kind = Kind> {
  readonly kind: K;
  /** Of the list, below `/api/v3`. */
  readonly path: string;
  /** As messages name it. */
  readonly label: string;
  /** What names an object in a path: `pk`, a slug, an identifier. */
  readonly lookup: (object: Kinds[K]) => string;
  readonly key: (object: Kinds[K]) => string;
  /** Which of the kind's objects it has, if not all. */
  readonly where?: (object: Kinds[K]) => boolean;
  /** The object that a checked body asks for, with defaults for what it leaves out. */
  create?(body: JsonObject, world: World): Promise<Kinds[K]>;
  /** The object with a checked body's changes. @default its fields replaced */
  change?(object: Kinds[K], body: JsonObject, world: World): Promise<Kinds[K]>;
  /** Fields that no two objects share, with what is said of a second one. */
  readonly unique?: Readonly<Record<string, string>>;
  /** Fields that hold keys of other objects, one or a list. */
  readonly references?: Readonly<Record<string, (world: World) => Promise<(string | number)[]>>>;
  /** Further checks; throws an ApiError. */
  check?(object: Kinds[K], world: World): Promise<void>;
  /** As the API shows it. */
  present(object: Kinds[K], world: World): Promise<JsonObject>;
  /** Filters that are not equality with the field of the parameter's name. */
  readonly filters?: Readonly<Record<string, Filter<K>>>;
  /** Fields in which `search` looks. */
  readonly search: readonly string[];
  /** After creation and change. */
  saved?(object: Kinds[K], body: JsonObject, world: World): Promise<void>;
  /** Before removal; throws an ApiError where it is not allowed. */
  removing?(object: Kinds[K], world: World): Promise<void>;
}

export type Filter<K extends Kind> = (
  object: Kinds[K],
  value: string,
  world: World,
) => boolean | Promise<boolean>;

/** The keys of all objects of a kind. */
export const keysOf =
  (kind: Kind, field = "pk") =>
  async (world: World): Promise<(string | number)[]> => {
    const all = (await world.all(kind)) as unknown as JsonObject[];
    return all.map((object) => object[field] as string | number);
  };

/** The fields of a body that a new object has, over its defaults. */
export const over = <T extends object>(defaults: T, body: JsonObject): T => ({
  ...defaults,
  ...body,
});
