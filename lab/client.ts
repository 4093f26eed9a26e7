import { readFileSync } from "node:fs";
import { Agent, fetch, type RequestInit } from "undici";
import { labPaths } from "./paths";

/** Queries the lab's own API, with its token. */
export async function ask<T>(dir: string, port: number, path: string): Promise<T> {
  const token = readFileSync(labPaths(dir).token, "utf8").trim();
  return request(dir, port, path, { headers: { authorization: `PVEAPIToken=${token}` } });
}

/** Queries it as root@pam, who sees what the lab does by itself. */
export async function askAsRoot<T>(dir: string, port: number, path: string): Promise<T> {
  const password = readFileSync(labPaths(dir).password, "utf8").trim();
  const login = new URLSearchParams({ username: "root@pam", password });
  const { ticket } = await request<{ ticket: string }>(dir, port, "/access/ticket", {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: login.toString(),
  });
  return request(dir, port, path, { headers: { cookie: `PVEAuthCookie=${ticket}` } });
}

async function request<T>(dir: string, port: number, path: string, init: RequestInit): Promise<T> {
  const agent = new Agent({ connect: { ca: readFileSync(labPaths(dir).certificate) } });
  try {
    const response = await fetch(`https://127.0.0.1:${port}/api2/json${path}`, {
      ...init,
      dispatcher: agent,
      signal: AbortSignal.timeout(10_000),
    });
    if (!response.ok) throw new Error(response.statusText);
    return ((await response.json()) as { data: T }).data;
  } finally {
    await agent.close();
  }
}
