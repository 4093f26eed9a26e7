import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, fetch } from "undici";
import type { LabInfo } from "../../../lab/info";

/** A lab that runs: its folder, and where its API answers. */
export interface RunningLab {
  readonly dir: string;
  readonly info: Pick<LabInfo, "port">;
}

/** Connections to each lab's API, which accept no certificate but the lab's. */
const agents = new Map<string, Agent>();

function agentOf({ dir }: RunningLab): Agent {
  const ca = readFileSync(join(dir, "tls", "cert.pem"), "utf8");
  const agent = agents.get(ca) ?? new Agent({ connect: { ca } });
  agents.set(ca, agent);
  return agent;
}

/** An answer of the API. */
export interface Answer {
  readonly status: number;
  readonly reason: string;
  readonly data: unknown;
  readonly errors: Readonly<Record<string, string>>;
}

type Method = "GET" | "POST" | "PUT" | "DELETE";

/** What tells who is asking. */
export type Headers = Readonly<Record<string, string>>;

/** The header that carries a lab's own token. */
export function tokenOf(lab: RunningLab): Headers {
  return {
    authorization: `PVEAPIToken=${readFileSync(join(lab.dir, "api-token"), "utf8").trim()}`,
  };
}

/** The headers of root@pam, who may do everything. */
export async function rootOf(lab: RunningLab): Promise<Headers> {
  const password = readFileSync(join(lab.dir, "root-password"), "utf8").trim();
  const { data } = await send(
    lab,
    "POST",
    "/access/ticket",
    { username: "root@pam", password },
    {},
  );
  const { ticket, CSRFPreventionToken } = data as Record<string, string>;
  return {
    cookie: `PVEAuthCookie=${encodeURIComponent(ticket!)}`,
    csrfpreventiontoken: CSRFPreventionToken!,
  };
}

/** Sends one request and accepts any answer. */
export async function send(
  lab: RunningLab,
  method: Method,
  path: string,
  params: Readonly<Record<string, string>> = {},
  headers: Headers = tokenOf(lab),
): Promise<Answer> {
  const form = new URLSearchParams(params).toString();
  const hasBody = method === "POST" || method === "PUT";
  const query = form && !hasBody ? `?${form}` : "";
  const url = `https://127.0.0.1:${lab.info.port}/api2/json${path}${query}`;
  const response = await fetch(url, {
    dispatcher: agentOf(lab),
    method,
    headers: { ...headers, "content-type": "application/x-www-form-urlencoded" },
    body: hasBody ? form : undefined,
  });
  const { data, errors = {} } = (await response.json()) as Pick<Answer, "data"> & Partial<Answer>;
  return { status: response.status, reason: response.statusText, data, errors };
}

/** Sends a request that must be granted. */
export async function ask<T>(
  lab: RunningLab,
  method: Method,
  path: string,
  params?: Readonly<Record<string, string>>,
  headers?: Headers,
): Promise<T> {
  const { status, reason, data, errors } = await send(lab, method, path, params, headers);
  if (status === 200) return data as T;
  throw new Error(`${method} ${path}: ${status} ${reason} ${JSON.stringify(errors)}`);
}

/** A task as `tasks/{upid}/status` shows it. */
export interface TaskStatus {
  readonly status: string;
  readonly exitstatus?: string;
  readonly type: string;
  readonly id: string;
  readonly user: string;
  readonly tokenid?: string;
}

/** Waits for the end of a task. */
export async function finished(
  lab: RunningLab,
  upid: string,
  headers?: Headers,
): Promise<TaskStatus> {
  const path = `/nodes/${upid.split(":")[1]}/tasks/${encodeURIComponent(upid)}/status`;
  for (;;) {
    const task = await ask<TaskStatus>(lab, "GET", path, {}, headers);
    if (task.status === "stopped") return task;
    await sleep(100);
  }
}

/** Sends a request that starts a task, and waits until the task has succeeded. */
export async function work(
  lab: RunningLab,
  method: Method,
  path: string,
  params?: Readonly<Record<string, string>>,
  headers?: Headers,
): Promise<TaskStatus> {
  const upid = await ask<string>(lab, method, path, params, headers);
  const task = await finished(lab, upid, headers);
  if (task.exitstatus !== "OK") throw new Error(`${method} ${path}: ${task.exitstatus}`);
  return task;
}
