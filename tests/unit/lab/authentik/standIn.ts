import { request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { applyBlueprints } from "../../../../lab/authentik/defaults";
import { settingsOf } from "../../../../lab/authentik/environment";
import type { JsonObject } from "../../../../lab/authentik/model";
import { OpenApi } from "../../../../lab/authentik/openapi";
import { authentikServer } from "../../../../lab/authentik/server";
import { MemoryStore, type Store } from "../../../../lab/authentik/store";

export const AUTHENTIK = "https://auth.home.example";
export const TOKEN = "bootstrap-token-of-the-tests";
export const PASSWORD = "first password of the administrator";

let schema: OpenApi | undefined;

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface StandIn {
  readonly store: Store;
  readonly port: number;
  readonly log: string[];
  /** Asks the API as the administrator, or with another token, or none. */
  api(method: string, path: string, body?: object, token?: string | null): Promise<ApiAnswer>;
  /** Creates an object; its answer must be 201. */
  create(path: string, body: object): Promise<JsonObject>;
  /** The one object of a list that a filter leaves. */
  one(path: string): Promise<JsonObject>;
  close(): Promise<void>;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: JsonObject;
}

/** Starts the stand-in on a port of the loopback interface. */
export async function startStandIn(
  env: Record<string, string> = {},
  store: Store = new MemoryStore(),
): Promise<StandIn> {
  const settings = settingsOf({
    AUTHENTIK_SECRET_KEY: "secret key of the tests",
    AUTHENTIK_BOOTSTRAP_TOKEN: TOKEN,
    AUTHENTIK_BOOTSTRAP_PASSWORD: PASSWORD,
    ...env,
  });
  await applyBlueprints(store, settings);
  const log: string[] = [];
  schema ??= new OpenApi();
  const server = authentikServer({ store, settings, schema, log: (line) => log.push(line) });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  const api: StandIn["api"] = async (method, path, body, token = TOKEN) => {
    const headers = {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(body && { "content-type": "application/json" }),
    };
    const text = body && JSON.stringify(body);
    const url = new URL(`/api/v3${path}`, AUTHENTIK);
    const answer = await send(port, method, url, headers, text);
    return { status: answer.status, body: answer.text ? (JSON.parse(answer.text) as never) : {} };
  };
  return {
    store,
    port,
    log,
    api,
    async create(path, body) {
      const answer = await api("POST", path, body);
      if (answer.status !== 201) {
        throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)} ${log.join()}`);
      }
      return answer.body;
    },
    async one(path) {
      const { results } = (await api("GET", path)).body;
      if (!Array.isArray(results) || results.length !== 1) {
        throw new Error(`${path}: ${JSON.stringify(results)}`);
      }
      return results[0] as JsonObject;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** One request, as a reverse proxy on this machine passes it on. */
export function send(
  port: number,
  method: string,
  url: URL,
  headers: Record<string, string> = {},
  body?: string,
): Promise<Answer> {
  const forwarded = {
    host: url.host,
    "x-forwarded-host": url.host,
    "x-forwarded-proto": url.protocol.slice(0, -1),
  };
  return new Promise((resolve, reject) => {
    const options = {
      host: "127.0.0.1",
      port,
      method,
      path: url.pathname + url.search,
      headers: { ...forwarded, ...headers },
    };
    const request = httpRequest(options, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    request.on("error", reject).end(body);
  });
}

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly domain: string;
  readonly hostOnly: boolean;
  readonly path: string;
}

/** A browser: it keeps cookies, follows redirects and sends forms. Every name leads to the stand-in. */
export class Browser {
  #cookies: Cookie[] = [];
  /** Where it is. */
  url = new URL(AUTHENTIK);
  /** Names that a proxy guards: requests to them are first asked about. */
  readonly guarded = new Set<string>();

  constructor(readonly port: number) {}

  get cookieNames(): string[] {
    return this.#cookies.map(({ name }) => name);
  }

  async open(target: string | URL, method = "GET", form?: Record<string, string>): Promise<Answer> {
    this.url = new URL(target, this.url);
    for (let hops = 0; hops < 15; hops++) {
      const answer = await this.#send(method, form);
      const { location } = answer.headers;
      if (answer.status < 300 || answer.status > 399 || typeof location !== "string") return answer;
      const next = new URL(location, this.url);
      // The end of a client's sign-in, whose server is not there.
      if (next.hostname.startsWith("client.")) {
        this.url = next;
        return answer;
      }
      this.url = next;
      [method, form] = ["GET", undefined];
    }
    throw new Error(`Redirected in a circle at ${this.url.href}.`);
  }

  submit(form: Record<string, string>): Promise<Answer> {
    return this.open(this.url, "POST", form);
  }

  signIn(username: string, password: string): Promise<Answer> {
    return this.submit({ uid_field: username, password });
  }

  async #send(method: string, form?: Record<string, string>): Promise<Answer> {
    const { url } = this;
    const headers: Record<string, string> = { cookie: this.#cookieHeader() };
    if (form) headers["content-type"] = "application/x-www-form-urlencoded";
    let asked = url;
    const own = url.pathname.startsWith("/outpost.goauthentik.io/");
    if (this.guarded.has(url.hostname) && !own) {
      asked = new URL("/outpost.goauthentik.io/auth/caddy", url);
      headers["x-forwarded-uri"] = url.pathname + url.search;
    }
    const body = form && String(new URLSearchParams(form));
    const answer = await send(this.port, method, asked, headers, body);
    for (const line of [answer.headers["set-cookie"] ?? []].flat()) this.#keep(line);
    return answer;
  }

  #keep(line: string): void {
    const [pair = "", ...attributes] = line.split("; ");
    const [name = "", ...value] = pair.split("=");
    const of = (key: string) =>
      attributes.find((each) => each.toLowerCase().startsWith(`${key}=`))?.slice(key.length + 1);
    const domain = of("domain")?.replace(/^\./, "") ?? this.url.hostname;
    const path = of("path") ?? "/";
    const hostOnly = of("domain") === undefined;
    this.#cookies = this.#cookies.filter((each) => each.name !== name || each.domain !== domain);
    const expires = of("expires");
    if (expires !== undefined && new Date(expires).getTime() <= Date.now()) return;
    this.#cookies.push({ name, value: value.join("="), domain, hostOnly, path });
  }

  #cookieHeader(): string {
    const { hostname, pathname } = this.url;
    return this.#cookies
      .filter(({ domain, hostOnly, path }) => {
        const within = hostname === domain || (!hostOnly && hostname.endsWith(`.${domain}`));
        return within && pathname.startsWith(path);
      })
      .map(({ name, value }) => `${name}=${value}`)
      .join("; ");
  }
}
