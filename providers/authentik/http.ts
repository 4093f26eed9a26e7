import * as http from "node:http";
import * as https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { connectionError } from "./errors";

export interface Limits {
  /** Milliseconds that an answer may take. */
  readonly timeout: number;
  /** How often a request is made before it counts as failed. */
  readonly attempts: number;
  /** Milliseconds before the second attempt; it doubles with each. */
  readonly delay: number;
  /** Connections at a time. */
  readonly connections: number;
}

export const LIMITS: Limits = { timeout: 30_000, attempts: 5, delay: 250, connections: 8 };

// PATCH is none of them: a list that was read before is not written once more without a look.
const REPEATABLE = new Set(["GET", "HEAD", "PUT", "DELETE"]);
const LONGEST_WAIT = 30_000;

type FetchApi = (url: string, init?: RequestInit) => Promise<Response>;

/**
 * `fetch` for the official client: few connections that stay open, a time limit, and further
 * attempts where these can do no harm.
 */
export function createFetch(insecure: boolean, signal: AbortSignal, limits = LIMITS): FetchApi {
  const agents = (keepAlive: boolean) => {
    const options = { keepAlive, maxSockets: limits.connections };
    return {
      plain: new http.Agent(options),
      secure: new https.Agent({ ...options, rejectUnauthorized: !insecure }),
    };
  };
  // A server may close a connection that has been idle at the moment when it is used again. What may
  // not be repeated gets a connection of its own.
  const [kept, single] = [agents(true), agents(false)];

  const once = (url: URL, init: RequestInit): Promise<Response> =>
    new Promise((resolve, reject) => {
      const tls = url.protocol === "https:";
      const body = init.body as string | undefined;
      const headers = { ...(init.headers as Record<string, string>), Accept: "application/json" };
      const { plain, secure } = REPEATABLE.has(init.method ?? "GET") ? kept : single;
      const request = (tls ? https : http).request(url, {
        method: init.method ?? "GET",
        headers: body ? { ...headers, "Content-Length": Buffer.byteLength(body) } : headers,
        agent: tls ? secure : plain,
        signal: AbortSignal.any([signal, AbortSignal.timeout(limits.timeout)]),
      });
      request.on("error", reject);
      request.on("response", (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () => resolve(responseOf(answer, Buffer.concat(chunks))));
      });
      request.end(body);
    });

  return async (address, init = {}) => {
    const url = new URL(address);
    const repeatable = REPEATABLE.has(init.method ?? "GET");
    for (let attempt = 1; ; attempt++) {
      const last = attempt >= limits.attempts || signal.aborted;
      const pause = limits.delay * 2 ** (attempt - 1) * (0.5 + Math.random());
      try {
        const response = await once(url, init);
        const wait = waitOf(response, repeatable);
        if (wait === undefined || last) return response;
        await sleep(Math.min(Math.max(wait, pause), LONGEST_WAIT), undefined, { signal });
      } catch (error) {
        const reason = reasonOf(error, limits.timeout);
        // Nothing was sent, so anything may be tried again.
        const unsent = reason.code === "ECONNREFUSED" || reason.code === "ENOTFOUND";
        const final = last || isTlsError(reason) || !(repeatable || unsent);
        if (final) throw connectionError(reason, url.origin, !unsent && !isTlsError(reason));
        await sleep(pause, undefined, { signal });
      }
    }
  };
}

function responseOf(answer: http.IncomingMessage, body: Buffer): Response {
  const status = answer.statusCode ?? 500;
  const headers = new Headers();
  for (const name of ["content-type", "retry-after", "location"]) {
    const value = answer.headers[name];
    if (typeof value === "string") headers.set(name, value);
  }
  // Such an answer has no body, and giving it one is an error.
  const empty = status === 204 || status === 304;
  return new Response(empty ? null : new Uint8Array(body), { status, headers });
}

/** Milliseconds to wait before asking again, if that makes sense. */
function waitOf(response: Response, repeatable: boolean): number | undefined {
  const { status } = response;
  // A request that was too much has not been looked at.
  if (status !== 429 && !(repeatable && status >= 502 && status <= 504)) return undefined;
  const after = response.headers.get("retry-after") ?? "0";
  const seconds = Number(after);
  const wait = Number.isNaN(seconds) ? Date.parse(after) - Date.now() : seconds * 1000;
  return Number.isNaN(wait) ? 0 : Math.max(0, wait);
}

function reasonOf(error: unknown, timeout: number): NodeJS.ErrnoException {
  const reason = error as NodeJS.ErrnoException;
  if (
    reason.name === "TimeoutError" ||
    (reason.cause as Error | undefined)?.name === "TimeoutError"
  ) {
    return Object.assign(new Error(`no answer within ${timeout / 1000} seconds`), {
      code: "ETIMEDOUT",
    });
  }
  return reason;
}

const isTlsError = ({ code = "" }: NodeJS.ErrnoException): boolean =>
  /CERT|TLS|SSL|UNABLE_TO_VERIFY/.test(code);
