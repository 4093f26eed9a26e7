import type { Properties } from "./values";

/** A property that is wrong, and why. */
export interface Failure {
  readonly property: string;
  readonly reason: string;
}

export interface Checked {
  readonly inputs: Properties;
  readonly failures: readonly Failure[];
}

export interface Difference {
  readonly property: string;
  readonly change: "add" | "delete" | "update";
  readonly replaces: boolean;
}

export interface State {
  readonly id: string;
  readonly properties: Properties;
}

/** An object exists, and something of it could not be set. */
export class IncompleteError extends Error {
  constructor(
    message: string,
    readonly state: State,
  ) {
    super(message);
  }
}

/** A provider, free of how Pulumi talks to it. */
export interface Provider {
  readonly version: string;
  /** The settings that are secrets. */
  readonly secretSettings: readonly string[];
  checkConfig(news: Properties): Checked;
  configure(config: Properties): void;
  /** The names of a resource's properties that are secrets. */
  secretsOf(urn: string): readonly string[];
  check(urn: string, news: Properties): Checked;
  diff(
    urn: string,
    oldInputs: Properties,
    news: Properties,
    state: Properties,
  ): readonly Difference[];
  /** What a preview shows of an object that is not made yet. */
  planCreate(urn: string, inputs: Properties): Properties;
  create(urn: string, inputs: Properties): Promise<State>;
  /** The present state, and the inputs that would lead to it; nothing if the object is gone. */
  read(
    id: string,
    urn: string,
    state: Properties,
    inputs: Properties,
  ): Promise<(State & { readonly inputs: Properties }) | undefined>;
  /** What a preview shows of an object that is to be changed. */
  planUpdate(state: Properties, oldInputs: Properties, news: Properties): Properties;
  update(
    id: string,
    urn: string,
    state: Properties,
    oldInputs: Properties,
    news: Properties,
  ): Promise<State>;
  delete(id: string, urn: string, state: Properties): Promise<void>;
  /** Calls a function; without one, there are none. */
  invoke?(token: string, args: Properties): Promise<Properties>;
  /** The names of a function's results that are secrets. */
  secretResultsOf?(token: string): readonly string[];
  /** Ends what is under way. */
  cancel(): void;
}
