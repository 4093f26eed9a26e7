import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { OpenApi } from "../../../lab/authentik/openapi";
import { COLLECTIONS, type Collection, type Entry } from "./collections";

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: Entry | undefined;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What happens to a request in place of what should. */
export type Fault = Answer | "hang" | "cut" | "cut after" | "cut body";

const TOKEN = "test-token-5d8f";
const PREFIX = "/api/v3/";

/**
 * Keeps Authentik's objects for a test. Each request and answer is compared with the official
 * schema; `problems` has what does not fit.
 */
export class TestApi {
  readonly token = TOKEN;
  readonly problems: string[] = [];
  readonly seen: Seen[] = [];
  readonly headers: IncomingMessage["headers"][] = [];
  /** Milliseconds that each answer takes, at most. */
  delay = 0;
  /** Connections that were open at once, at most. */
  connections = 0;
  readonly passwords = new Map<number, string>();
  readonly keys = new Map<string, string>();
  readonly #objects = new Map<string, Entry[]>();
  readonly #server: Server;
  #number = 100;
  #fault: ((seen: Seen) => Fault | undefined) | undefined;

  constructor(
    private readonly schema: OpenApi,
    private readonly tls?: ServerOptions,
  ) {
    const listener: RequestListener = (request, response) => {
      void this.#serve(request).then((answer) => {
        if (answer === undefined) return;
        if (answer === "cut") return void request.socket.destroy();
        const { status, body, headers } = answer;
        const text = body === undefined ? "" : JSON.stringify(body);
        const type = { "Content-Type": "application/json", ...headers };
        if (headers?.["X-Cut"]) {
          response.writeHead(status, { ...type, "Content-Length": text.length });
          response.write(text.slice(0, 5), () => request.socket.destroy());
        } else response.writeHead(status, type).end(headers?.["X-Text"] ?? text);
      });
    };
    this.#server = tls ? createSecureServer(tls, listener) : createServer(listener);
    this.#server.on(tls ? "secureConnection" : "connection", () => {
      this.#server.getConnections((_, count) => {
        this.connections = Math.max(this.connections, count);
      });
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this.url;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `${this.tls ? "https" : "http"}://127.0.0.1:${port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Forgets objects, requests and faults. */
  reset(): void {
    for (const list of [this.problems, this.seen, this.headers]) list.length = 0;
    for (const map of [this.#objects, this.passwords, this.keys]) map.clear();
    this.#fault = undefined;
    this.delay = 0;
    this.connections = 0;
  }

  /** What goes wrong, decided for each request until another is set. */
  fail(fault?: (seen: Seen) => Fault | undefined): void {
    this.#fault = fault;
  }

  objects(collection: string): Entry[] {
    const known = this.#objects.get(collection) ?? [];
    this.#objects.set(collection, known);
    return known;
  }

  /** Adds an object behind the back of who uses the API. */
  add(collection: string, fields: Entry): Entry {
    const entry = { ...COLLECTIONS[collection]?.make(++this.#number), ...fields };
    this.objects(collection).push(entry);
    return entry;
  }

  remove(collection: string, entry: Entry | undefined): void {
    const all = this.objects(collection);
    all.splice(all.indexOf(entry ?? {}), 1);
  }

  /** The requests that changed something. */
  get changes(): Seen[] {
    return this.seen.filter(({ method }) => method !== "GET");
  }

  async #serve(request: IncomingMessage): Promise<Answer | "cut" | undefined> {
    const [path = "", query = ""] = (request.url ?? "").split("?");
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return undefined;
    }
    const text = Buffer.concat(chunks).toString();
    const body = text === "" ? undefined : (JSON.parse(text) as Entry);
    const seen = { method: request.method ?? "", path, query, body };
    this.seen.push(seen);
    this.headers.push(request.headers);
    const fault = this.#fault?.(seen);
    if (fault === "hang") return undefined;
    if (fault === "cut") return "cut";
    if (typeof fault === "object") return fault;
    if (request.headers.authorization !== `Bearer ${TOKEN}`) {
      return { status: 403, body: { detail: "Token invalid/expired" } };
    }
    const said = this.schema.validateRequest(seen.method, path, query, body);
    this.problems.push(...said.map((problem) => `${seen.method} ${path}: ${problem}`));
    // A write takes effect somewhere within the time that it takes.
    if (this.delay > 0) await sleep(Math.random() * this.delay);
    const answer = this.#answer(seen);
    const { status } = answer;
    const wrong = this.schema.validateResponse(seen.method, path, status, answer.body);
    this.problems.push(...wrong.map((problem) => `${status} ${seen.method} ${path}: ${problem}`));
    if (fault === "cut after") return "cut";
    if (fault === "cut body") return { ...answer, headers: { "X-Cut": "yes" } };
    if (this.delay > 0) await sleep(Math.random() * this.delay);
    return answer;
  }

  #answer({ method, path, query, body = {} }: Seen): Answer {
    const short = path.slice(PREFIX.length).replace(/\/$/, "");
    const name = Object.keys(COLLECTIONS).find((each) => `${short}/`.startsWith(`${each}/`));
    const collection = COLLECTIONS[name ?? ""];
    if (name === undefined || !collection) return { status: 404, body: { detail: "Not found." } };
    const [key, action] = short.slice(name.length + 1).split("/");
    if (key === "default_settings") return { status: 200, body: { config: { log_level: "info" } } };
    if (key === "" || key === undefined) {
      return method === "POST" ? this.#create(name, collection, body) : this.#list(name, query);
    }
    const all = this.objects(name);
    const entry = all.find((each) => String(each[collection.key]) === decodeURIComponent(key));
    if (!entry) return { status: 404, body: { detail: "No such object matches the query." } };
    if (action) return this.#act(action, entry, body);
    if (method === "DELETE") {
      this.remove(name, entry);
      return { status: 204 };
    }
    if (method === "PATCH") {
      const refused = this.#refusal(name, collection, body, entry);
      if (refused) return refused;
      Object.assign(entry, body);
    }
    return { status: 200, body: entry };
  }

  #create(name: string, collection: Collection, body: Entry): Answer {
    const refused = this.#refusal(name, collection, body);
    return refused ?? { status: 201, body: this.add(name, body) };
  }

  #refusal(name: string, { unique }: Collection, body: Entry, own?: Entry): Answer | undefined {
    for (const field of unique) {
      const taken = this.objects(name).some(
        (each) => each !== own && body[field] !== undefined && each[field] === body[field],
      );
      if (taken)
        return { status: 400, body: { [field]: [`object with this ${field} already exists.`] } };
    }
    return undefined;
  }

  #list(name: string, query: string): Answer {
    const filters = [...new URLSearchParams(query)].filter(
      ([field]) => !/^(page_size|include_|superuser_)/.test(field),
    );
    const managed = filters.filter(([field]) => field === "managed").map(([, value]) => value);
    const results = this.objects(name).filter(
      (each) =>
        (managed.length === 0 || managed.includes(String(each.managed))) &&
        filters.every(
          ([field, value]) =>
            field === "managed" || String(each[field.replace("__iexact", "")]) === value,
        ),
    );
    const count = results.length;
    const pages = { next: 0, previous: 0, count, current: 1, total_pages: 1 };
    const pagination = { ...pages, start_index: 1, end_index: count };
    return { status: 200, body: { pagination, results, autocomplete: {} } };
  }

  #act(action: string, entry: Entry, body: Entry): Answer {
    const identifier = String(entry.identifier);
    switch (action) {
      case "set_password":
        this.passwords.set(Number(entry.pk), String(body.password));
        return { status: 204 };
      case "set_key":
        this.keys.set(identifier, String(body.key));
        return { status: 204 };
      case "view_key":
        return { status: 200, body: { key: this.keys.get(identifier) ?? "made-by-authentik" } };
      case "set_icon_url":
        entry.meta_icon = body.url;
        return { status: 200 };
      case "view_certificate":
      case "view_private_key":
        return { status: 200, body: { data: `--- ${action} ---` } };
      default:
        return { status: 404, body: { detail: "Not found." } };
    }
  }
}
