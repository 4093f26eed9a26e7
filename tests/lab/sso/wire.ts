import { request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";

/** What is asked for, as it goes over the wire. */
export interface Asked {
  readonly method?: string;
  /** The path as it is sent, which no URL could hold; by default the URL's. */
  readonly path?: string;
  /** Names and values in this order and spelling, as often as they are given. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
}

/** What was answered. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** Where it leads, as a whole URL. */
  readonly location: string | undefined;
}

/** HTTP without a browser's help: nothing is followed, tidied or remembered. */
export class Wire {
  constructor(
    private readonly proxy: string,
    private readonly authority: string,
  ) {}

  ask(url: string, asked: Asked = {}): Promise<Answered> {
    const { protocol, hostname, pathname, search } = new URL(url);
    const secure = protocol === "https:";
    const written = asked.headers ?? [];
    const names = new Set(written.map(([name]) => name.toLowerCase()));
    const length = asked.body === undefined ? [] : [["Content-Length", `${asked.body.length}`]];
    const headers = [
      ...(names.has("host") ? [] : [["Host", hostname]]),
      ...(names.has("connection") ? [] : [["Connection", "close"]]),
      ...length,
      ...written,
    ].flat();
    return new Promise((resolve, reject) => {
      const sent = (secure ? secureRequest : plainRequest)(
        {
          host: this.proxy,
          port: secure ? 443 : 80,
          method: asked.method ?? "GET",
          path: asked.path ?? pathname + search,
          headers,
          agent: false,
          timeout: 20_000,
          ...(secure ? { servername: hostname, ca: this.authority } : {}),
        },
        (response) => {
          let body = "";
          response.on("data", (data: Buffer) => (body += data.toString()));
          response.on("error", reject);
          response.on("end", () => {
            const { location } = response.headers;
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body,
              location: location === undefined ? undefined : new URL(location, url).href,
            });
          });
        },
      );
      sent.on("upgrade", (response, socket) => {
        socket.destroy();
        resolve({ status: 101, headers: response.headers, body: "", location: undefined });
      });
      sent.on("timeout", () => sent.destroy(new Error(`no answer from ${url} in 20 s`)));
      sent.on("error", reject);
      sent.end(asked.body);
    });
  }

  /** Sends a form. */
  post(
    url: string,
    form: Readonly<Record<string, string>>,
    headers: Asked["headers"] = [],
  ): Promise<Answered> {
    const body = new URLSearchParams(form).toString();
    const type = ["Content-Type", "application/x-www-form-urlencoded"] as const;
    return this.ask(url, { method: "POST", body, headers: [type, ...headers] });
  }
}
