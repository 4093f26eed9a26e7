import type { IncomingMessage, ServerResponse } from "node:http";
import { PveError } from "./errors";
import { Page } from "./route";

const MAX_BODY = 512 * 1024;
const METHODS = ["GET", "POST", "PUT", "DELETE"];

function add(params: Record<string, string>, key: string, value: string): void {
  // Proxmox joins parameters that are given more than once; its lists are split there again.
  params[key] = key in params ? `${params[key]}\0${value}` : value;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replace(/\+/g, " "));
  } catch {
    throw new PveError(400, "bad request - invalid encoding\n");
  }
}

function decodeForm(text: string, params: Record<string, string>): void {
  for (const pair of text.split("&").filter(Boolean)) {
    const [key, ...value] = pair.split("=");
    add(params, decode(key!), decode(value.join("=")));
  }
}

function decodeJson(text: string, params: Record<string, string>): void {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new PveError(400, "bad request - invalid JSON\n");
  }
  for (const [key, value] of Object.entries((body ?? {}) as Record<string, unknown>)) {
    for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (typeof item === "boolean") add(params, key, item ? "1" : "0");
      else if (typeof item === "string" || typeof item === "number") add(params, key, `${item}`);
      else throw new PveError(400, "bad request - nested values are not allowed\n");
    }
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) throw new PveError(501, "for data too large\n");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** A parsed request. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
}

/** Reads a request's path below /api2/json and all its parameters. */
export async function readRequest(request: IncomingMessage): Promise<ApiRequest> {
  const method = request.method ?? "GET";
  if (!METHODS.includes(method)) throw new PveError(501, `method '${method}' not available\n`);
  const [path, query = ""] = (request.url ?? "/").split("?", 2) as [string, string?];
  const rest = /^\/api2\/(?:json|extjs)(\/.*|)$/.exec(path)?.[1];
  if (rest === undefined) throw new PveError(404, `no such file '${path}'\n`);
  const params: Record<string, string> = {};
  if (method === "POST" || method === "PUT") {
    const body = await bodyOf(request);
    const isJson = request.headers["content-type"]?.startsWith("application/json");
    if (isJson && body) decodeJson(body, params);
    else decodeForm(body, params);
  }
  decodeForm(query, params);
  delete params._dc;
  return { method, path: rest.replace(/\/+$/, "") || "/", params };
}

function send(response: ServerResponse, status: number, reason: string, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, reason, {
    "content-type": "application/json;charset=UTF-8",
    "content-length": Buffer.byteLength(text),
    "cache-control": "max-age=0",
    server: "pve-api-daemon/3.0",
  });
  response.end(text);
}

/** Answers with a result. */
export function sendResult(response: ServerResponse, result: unknown): void {
  if (result instanceof Page) send(response, 200, "OK", { data: result.data, total: result.total });
  else send(response, 200, "OK", { data: result ?? null });
}

/** Answers with a refusal; Proxmox puts its first line into the status line. */
export function sendError(response: ServerResponse, error: unknown): void {
  const known = error instanceof PveError ? error : undefined;
  const message = (error as Error).message;
  const reason = (message.split("\n")[0] ?? "").replace(/[^\x20-\x7e]/g, "?");
  const errors = known?.errors ? { errors: known.errors } : {};
  send(response, known?.status ?? 500, reason, { data: null, message, ...errors });
}
