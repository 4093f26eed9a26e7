import type { Apis } from "./client";
import type { Properties } from "../plugin/values";

/** The calls of the official client that make up a resource. */
export interface Calls<Request, Remote> {
  create(apis: Apis, body: Request): Promise<Remote>;
  read(apis: Apis, key: string): Promise<Remote>;
  update(apis: Apis, key: string, body: Partial<Request>): Promise<Remote>;
  remove(apis: Apis, key: string): Promise<unknown>;
  /** Objects that may be the one with these properties, in the API's names. */
  find(apis: Apis, body: Request): Promise<{ readonly results: readonly Remote[] }>;
}

/** What is particular to one kind of object. Everything else is the same for all of them. */
export interface Traits<Remote = Properties> {
  /** What the object is called in messages. */
  readonly what: string;
  /** The property that names it: its logical name where it is not given. */
  readonly name: string;
  /** Properties whose values no two objects may share. */
  readonly unique: readonly string[];
  /** Whether Authentik itself would make a second object with the same ones. */
  readonly duplicable?: boolean;
  /** Properties by their names in the API, where these differ. */
  readonly names?: Readonly<Record<string, string>>;
  /** Properties that are emptied with null. */
  readonly nullable?: readonly string[];
  /** Properties that are left to Authentik where they are not given. */
  readonly computed?: readonly string[];
  /** Properties that hold JSON. */
  readonly json?: readonly string[];
  /** Properties that hold a time. */
  readonly dates?: readonly string[];
  /** Properties that no call of `Calls` takes: `follow` sets them, or they are never sent. */
  readonly apart?: readonly string[];
  /** Properties that Authentik no longer has, with what takes their place. */
  readonly gone?: Readonly<Record<string, string>>;
  /** The values that a property may have. */
  readonly values?: Readonly<Record<string, readonly string[]>>;
  id(remote: Remote): string;
  /** What the API calls the object at present, where a change of properties changes that. */
  key?(state: Properties): unknown;
  /** What the API requires and properties need not have, in the API's names. */
  readonly required?: Properties;
  /** Properties to add when an object is made and a computed one is not given. */
  defaults?(apis: Apis): Promise<Properties>;
  /** Whether the object is made and removed by Authentik, so that only `follow` applies to it. */
  foreign?(inputs: Properties): boolean;
  /** Sets what has an endpoint of its own. `state` is what was set before. */
  follow?(apis: Apis, key: string, inputs: Properties, state: Properties): Promise<void>;
  /** Reads what has an endpoint of its own. */
  look?(apis: Apis, key: string, inputs: Properties, remote: Remote): Promise<Properties>;
}

/** A row of the table: one kind of object. */
export interface Resource extends Traits, Calls<Properties, Properties> {}

/**
 * A row whose calls the compiler has compared with the official client. Properties reach a call
 * after `check` has compared them with the schema, which a test compares with the API's.
 */
export function resource<Request, Remote>(row: Calls<Request, Remote> & Traits<Remote>): Resource {
  return row as unknown as Resource;
}
