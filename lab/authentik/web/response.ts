import type { ServerResponse } from "node:http";

export function redirect(response: ServerResponse, location: string): void {
  response.writeHead(302, { location, "cache-control": "no-store" }).end();
}

export function sendText(response: ServerResponse, status: number, text = ""): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(text);
}

export function sendJson(response: ServerResponse, status: number, body?: unknown): void {
  if (body === undefined) {
    response.writeHead(status).end();
    return;
  }
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

export interface CookieOptions {
  readonly secure: boolean;
  readonly domain?: string;
  readonly expires?: Date;
}

/** Adds a cookie that scripts cannot read and other sites cannot post with. */
export function setCookie(
  response: ServerResponse,
  name: string,
  value: string,
  { secure, domain, expires }: CookieOptions,
): void {
  const parts = [`${name}=${value}`, "Path=/", "HttpOnly", "SameSite=Lax"];
  if (secure) parts.push("Secure");
  if (domain) parts.push(`Domain=${domain}`);
  if (expires) parts.push(`Expires=${expires.toUTCString()}`);
  response.appendHeader("set-cookie", parts.join("; "));
}
