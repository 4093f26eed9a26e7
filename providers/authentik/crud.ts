import { IncompleteError, type State } from "../plugin/contract";
import type { Apis } from "./client";
import { diff } from "./diff";
import { ApiError } from "./errors";
import { apiName, bodyOf, isEmpty, propertiesOf, propertyOf, same, type Kind } from "./mapping";
import type { Properties } from "../plugin/values";

/** The verbs of every resource, by what its row of the table says. */
export class Crud {
  constructor(
    private readonly kind: Kind,
    private readonly apis: Apis,
    /** What the object is called in messages and commands. */
    private readonly logicalName: string,
  ) {}

  async create(inputs: Properties): Promise<State> {
    const remote = await this.#attempt("create", inputs, () => this.#make(inputs));
    return this.#complete("create", remote, inputs, {});
  }

  /** The present state, and the inputs that would lead to it; nothing if the object is gone. */
  async read(
    id: string,
    state: Properties,
    oldInputs: Properties,
  ): Promise<(State & { readonly inputs: Properties }) | undefined> {
    return this.#attempt("read", state, async () => {
      let remote;
      try {
        remote = await this.kind.row.read(this.apis, this.#key(id, state));
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return undefined;
        throw error;
      }
      const known = { ...state, ...oldInputs };
      const properties = { ...(await this.#properties(remote, known)) };
      for (const [name, value] of Object.entries(known)) {
        const old = properties[name] === undefined && this.kind.row.apart?.includes(name);
        if (old || same(this.kind, name, value, properties[name])) properties[name] = value;
      }
      const inputs = this.#inputs(properties, oldInputs);
      return { id: this.kind.row.id(remote), properties, inputs };
    });
  }

  async update(id: string, state: Properties, oldInputs: Properties, news: Properties) {
    const { row } = this.kind;
    const changed = diff(this.kind, oldInputs, news).map(({ property }) => property);
    const key = this.#key(id, state);
    const remote = await this.#attempt("update", news, () => {
      const body = bodyOf(
        this.kind,
        Object.fromEntries(changed.map((name) => [name, news[name]] as const)),
      );
      const nothing = Object.keys(body).length === 0 || row.foreign?.(news);
      return nothing ? row.read(this.apis, key) : row.update(this.apis, key, body);
    });
    return this.#complete("update", remote, news, state);
  }

  async delete(id: string, state: Properties): Promise<void> {
    const { row } = this.kind;
    if (row.foreign?.(state)) return;
    await this.#attempt("delete", state, async () => {
      try {
        await row.remove(this.apis, this.#key(id, state));
      } catch (error) {
        if (!(error instanceof ApiError && error.status === 404)) throw error;
      }
    });
  }

  async #make(inputs: Properties): Promise<Properties> {
    const { row, spec } = this.kind;
    const body = bodyOf(this.kind, inputs);
    if (row.foreign?.(inputs)) {
      const found = await this.#find(body);
      if (found) return found;
      throw new ApiError("Authentik has not made it yet. Let it depend on the outpost");
    }
    if (row.duplicable) {
      const found = await this.#find(body);
      if (found) throw this.#exists(found);
    }
    const missing = Object.keys(spec.properties).some(
      (name) => row.computed?.includes(name) && body[apiName(this.kind, name)] === undefined,
    );
    const defaults = missing ? await row.defaults?.(this.apis) : undefined;
    try {
      return await row.create(this.apis, { ...row.required, ...defaults, ...body });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const found = error.exists || error.ambiguous ? await this.#find(body) : undefined;
      // The connection was lost after it was made: Authentik would have refused a second one.
      if (found && error.ambiguous && this.#matches(found, body)) return found;
      throw found ? this.#exists(found) : error;
    }
  }

  async #find(body: Properties): Promise<Properties | undefined> {
    const { row } = this.kind;
    const { results } = await row.find(this.apis, body);
    const names = row.unique.map((name) => apiName(this.kind, name));
    return results.find((each) =>
      names.every((name) => (each[name] ?? null) === (body[name] ?? null)),
    );
  }

  #matches(remote: Properties, body: Properties): boolean {
    const [found, wanted] = [remote, body].map((each) => this.#decoded(each));
    return Object.entries(wanted ?? {}).every(([name, value]) =>
      same(this.kind, name, value, found?.[name]),
    );
  }

  #decoded(remote: Properties): Properties {
    const { row, idProperty } = this.kind;
    const properties = Object.entries(propertiesOf(this.kind, { pk: "", ...remote }));
    const sent = properties.filter(([name]) => name !== idProperty && !row.apart?.includes(name));
    return Object.fromEntries(sent);
  }

  #exists(remote: Properties): ApiError {
    const { row, token } = this.kind;
    const [unique = ""] = row.unique;
    const value = String(remote[apiName(this.kind, unique)]);
    const command = `pulumi import ${token} ${this.logicalName} ${row.id(remote)}`;
    const such = row.duplicable ? "the same one" : `one with the ${unique} ${value}`;
    return new ApiError(`Authentik has ${such} already. To manage that: ${command}`);
  }

  /** Sets what has an endpoint of its own, and tells what is in place then. */
  async #complete(verb: string, remote: Properties, inputs: Properties, state: Properties) {
    const { row } = this.kind;
    const id = row.id(remote);
    try {
      await row.follow?.(this.apis, id, inputs, state);
    } catch (error) {
      const { message } = this.#explain(verb, inputs, error);
      const properties: Record<string, unknown> = propertiesOf(this.kind, remote);
      // The next run finds that these are missing, and sets them.
      for (const name of row.apart ?? []) if (!(name in properties)) properties[name] = state[name];
      throw new IncompleteError(message, { id, properties });
    }
    const properties = { ...(await this.#properties(remote, inputs)) };
    for (const [name, value] of Object.entries(inputs)) {
      const own = row.apart?.includes(name) || same(this.kind, name, value, properties[name]);
      if (own && properties[name] === undefined) properties[name] = value;
      else if (own && name !== "key") properties[name] = value;
    }
    return { id, properties };
  }

  async #properties(remote: Properties, inputs: Properties): Promise<Properties> {
    const more = await this.kind.row.look?.(this.apis, this.kind.row.id(remote), inputs, remote);
    return { ...propertiesOf(this.kind, remote), ...more };
  }

  #inputs(now: Properties, old: Properties): Properties {
    const { row, spec, idProperty } = this.kind;
    if (row.foreign?.(old)) return old;
    const inputs: Record<string, unknown> = {};
    const importing = Object.keys(old).length === 0;
    for (const [name, property] of Object.entries(spec.inputProperties)) {
      if (name === idProperty) continue;
      const given = old[name] !== undefined;
      const apart = row.apart?.includes(name) ?? false;
      if (importing && apart && property.default !== undefined) inputs[name] = property.default;
      // What was never given is Authentik's own business, unless all of it is to be taken over.
      if (!given && (apart || (row.computed?.includes(name) && !importing))) continue;
      const value = now[name];
      const empty = isEmpty(value, row.json?.includes(name));
      if (!empty || (given && same(this.kind, name, value, old[name]))) inputs[name] = value;
    }
    return inputs;
  }

  #key(id: string, state: Properties): string {
    const key = this.kind.row.key?.(state);
    return typeof key === "string" && key !== "" ? key : id;
  }

  async #attempt<T>(verb: string, inputs: Properties, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw this.#explain(verb, inputs, error);
    }
  }

  #explain(verb: string, inputs: Properties, error: unknown): Error {
    const { row } = this.kind;
    const label = inputs[row.name];
    const what =
      typeof label === "string" ? `${row.what} ${label}` : `${row.what} ${this.logicalName}`;
    return new Error(`Unable to ${verb} ${what}: ${this.#reason(error)}.`, { cause: error });
  }

  #reason(error: unknown): string {
    if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error);
    if (error.status !== 400 || error.fields.length === 0) return error.message.replace(/\.$/, "");
    const messages = error.fields.map(([field, message]) => {
      const text = message.replace(/\.$/, "");
      return field ? `${propertyOf(this.kind, field)}: ${text}` : text;
    });
    return `Authentik refuses ${messages.join("; ")}. Change that in the program`;
  }
}
