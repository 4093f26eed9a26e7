import {
  type Checked,
  type Difference,
  IncompleteError,
  type Provider,
  type State,
} from "../plugin/contract";
import { check } from "./check";
import { createApis, type Apis } from "./client";
import { checkConfig, connectionOf } from "./config";
import { Crud } from "./crud";
import { diff } from "./diff";
import { FUNCTIONS } from "./functions";
import type { Limits } from "./http";
import { kindOf, type Kind } from "./mapping";
import { RESOURCES } from "./resources";
import type { PackageSchema } from "./schema";
import { texts, UNKNOWN, type Properties } from "../plugin/values";

/** The provider, free of how Pulumi talks to it. */
export class AuthentikProvider implements Provider {
  readonly secretSettings = ["token", "headers"];
  readonly #stop = new AbortController();
  readonly #kinds = new Map<string, Kind>();
  #apis: Apis | undefined;
  #secrets: readonly string[] = [];

  constructor(
    readonly schema: PackageSchema,
    private readonly limits?: Limits,
  ) {
    for (const [token, row] of Object.entries(RESOURCES)) {
      const spec = schema.resources[token];
      if (!spec) throw new Error(`Unable to serve ${token}: schema.json lacks it.`);
      this.#kinds.set(token, kindOf(token, row, spec));
    }
  }

  get version(): string {
    return this.schema.version;
  }

  checkConfig = checkConfig;

  configure(config: Properties): void {
    const connection = connectionOf(config);
    if (!connection) return;
    this.#secrets = [connection.token, ...Object.values(connection.headers ?? {})];
    this.#apis = createApis(connection, this.#stop.signal, this.limits);
  }

  /** The names of a resource's properties that are secrets. */
  secretsOf(urn: string): string[] {
    const { spec } = this.#kind(urn);
    return Object.keys(spec.properties).filter((name) => spec.properties[name]?.secret);
  }

  check(urn: string, news: Properties): Checked {
    return check(this.#kind(urn), nameOf(urn), news);
  }

  diff(urn: string, oldInputs: Properties, news: Properties): Difference[] {
    return diff(this.#kind(urn), oldInputs, news);
  }

  /** What a preview shows of an object that is not made yet. */
  planCreate(urn: string, inputs: Properties): Properties {
    const { spec, idProperty } = this.#kind(urn);
    const unknown = (spec.required ?? []).map((name) => [name, UNKNOWN] as const);
    return { ...Object.fromEntries(unknown), ...inputs, [idProperty]: UNKNOWN };
  }

  create(urn: string, inputs: Properties): Promise<State> {
    return this.#discreetly(inputs, () => this.#crud(urn).create(inputs));
  }

  read(id: string, urn: string, state: Properties, inputs: Properties) {
    return this.#discreetly(inputs, () => this.#crud(urn).read(id, state, inputs));
  }

  /** What a preview shows of an object that is to be changed. */
  planUpdate(state: Properties, oldInputs: Properties, news: Properties): Properties {
    const dropped = Object.keys(oldInputs).filter((name) => !(name in news));
    const kept = Object.entries(state).filter(([name]) => !dropped.includes(name));
    return { ...Object.fromEntries(kept), ...news };
  }

  update(id: string, urn: string, state: Properties, oldInputs: Properties, news: Properties) {
    const run = () => this.#crud(urn).update(id, state, oldInputs, news);
    return this.#discreetly({ state, news }, run);
  }

  delete(id: string, urn: string, state: Properties): Promise<void> {
    return this.#discreetly(state, () => this.#crud(urn).delete(id, state));
  }

  async invoke(token: string, args: Properties): Promise<Properties> {
    const lookUp = FUNCTIONS[token];
    if (!lookUp) throw new Error(`Unable to call ${token}: this provider has no such function.`);
    const what = token.split(":")[2];
    return this.#discreetly(args, async () => {
      try {
        return await lookUp(this.#connected(), args);
      } catch (error) {
        const reason = error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
        throw new Error(`Unable to call ${what}: ${reason}.`);
      }
    });
  }

  /** The names of a function's results that are secrets. */
  secretResultsOf(token: string): string[] {
    const results = this.schema.functions[token]?.outputs?.properties ?? {};
    return Object.keys(results).filter((name) => results[name]?.secret);
  }

  /** Ends what is under way. */
  cancel(): void {
    this.#stop.abort();
  }

  #kind(urn: string): Kind {
    const token = urn.split("::")[2]?.split("$").at(-1) ?? "";
    const kind = this.#kinds.get(token);
    if (!kind) throw new Error(`Unable to manage ${token}: this provider has no such resource.`);
    return kind;
  }

  #crud(urn: string): Crud {
    return new Crud(this.#kind(urn), this.#connected(), nameOf(urn));
  }

  #connected(): Apis {
    if (this.#apis) return this.#apis;
    throw new Error("Unable to reach Authentik: the provider's url and token are not known yet.");
  }

  /** Keeps secrets out of messages: Authentik may quote what it was sent. */
  async #discreetly<T>(values: unknown, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const secrets = [...this.#secrets, ...secretTexts(values)].filter(({ length }) => length > 3);
      const message = secrets.reduce(
        (text, each) => text.replaceAll(each, "[secret]"),
        error.message,
      );
      throw error instanceof IncompleteError
        ? new IncompleteError(message, error.state)
        : new Error(message);
    }
  }
}

const SECRET_NAMES = new Set(["clientSecret", "key", "kubeconfig", "password", "sharedSecret"]);

function secretTexts(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) =>
    SECRET_NAMES.has(name) ? texts(each) : secretTexts(each),
  );
}

const nameOf = (urn: string): string => urn.split("::").slice(3).join("::");
