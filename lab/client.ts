import { readFileSync } from "node:fs";
import { Agent, fetch } from "undici";
import { labPaths } from "./paths";

/** Queries the lab's own API, with its token. */
export async function ask<T>(dir: string, port: number, path: string): Promise<T> {
  const paths = labPaths(dir);
  const token = readFileSync(paths.token, "utf8").trim();
  const agent = new Agent({ connect: { ca: readFileSync(paths.certificate) } });
  try {
    const response = await fetch(`https://127.0.0.1:${port}/api2/json${path}`, {
      dispatcher: agent,
      headers: { authorization: `PVEAPIToken=${token}` },
      signal: AbortSignal.timeout(10_000),
    });
    if (!response.ok) throw new Error(response.statusText);
    return ((await response.json()) as { data: T }).data;
  } finally {
    await agent.close();
  }
}
