import type { IncomingMessage } from "node:http";
import ipaddr from "ipaddr.js";

const MAX_BYTES = 1024 * 1024;

/** A request as the browser sent it, if what came before is a trusted proxy. */
export interface WebRequest {
  readonly raw: IncomingMessage;
  readonly method: string;
  /** Where the browser thinks it is. */
  readonly url: URL;
  readonly cookies: Readonly<Record<string, string>>;
  /** Whether the headers of a proxy count. */
  readonly trusted: boolean;
}

/** Networks from which X-Forwarded headers are believed. */
export class TrustedProxies {
  readonly #networks: readonly [ipaddr.IPv4 | ipaddr.IPv6, number][];

  constructor(networks: readonly string[]) {
    this.#networks = networks.map((network) => ipaddr.parseCIDR(network.trim()));
  }

  includes(address: string): boolean {
    if (!ipaddr.isValid(address)) return false;
    const ip = ipaddr.process(address);
    return this.#networks.some(([network, bits]) => {
      return network.kind() === ip.kind() && ip.match(network, bits);
    });
  }
}

/** Reads a request's head. Headers of an untrusted proxy are removed from it. */
export function webRequest(raw: IncomingMessage, proxies: TrustedProxies): WebRequest {
  const trusted = proxies.includes(raw.socket.remoteAddress ?? "");
  if (!trusted) {
    for (const name of Object.keys(raw.headers)) {
      if (/^(x-forwarded-|forwarded$)/.test(name)) delete raw.headers[name];
    }
  }
  const proto = header(raw, "x-forwarded-proto") === "https" ? "https" : "http";
  const host = header(raw, "x-forwarded-host") ?? raw.headers.host ?? "localhost";
  return {
    raw,
    method: raw.method ?? "GET",
    url: new URL(raw.url?.startsWith("/") ? raw.url : "/", `${proto}://${host}`),
    cookies: cookiesOf(raw.headers.cookie ?? ""),
    trusted,
  };
}

/** The first value of a header. */
export function header(raw: IncomingMessage, name: string): string | undefined {
  const value = raw.headers[name];
  return (Array.isArray(value) ? value[0] : value)?.split(",")[0]?.trim();
}

function cookiesOf(text: string): Record<string, string> {
  const pairs = text.split(";").map((pair) => pair.trim().split("="));
  return Object.fromEntries(pairs.map(([name = "", ...value]) => [name, value.join("=")]));
}

/** The whole body as text. */
export async function readBody(raw: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of raw as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error("The request is too large.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** The fields of a form, which only a page of this server may send. */
export async function readForm(request: WebRequest): Promise<URLSearchParams | undefined> {
  const { origin } = request.raw.headers;
  if (origin !== undefined && origin !== request.url.origin) return undefined;
  return new URLSearchParams(await readBody(request.raw));
}

/** A path of this server to go on to; never another server's. */
export function localPath(text: string | null): string | undefined {
  return text !== null && /^\/(?![/\\])/.test(text) ? text : undefined;
}
