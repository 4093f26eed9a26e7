import { Pool } from "undici";
import type { z } from "zod";
import { visible } from "../../manifest/visible";

/** Where Proxmox VE is, and who is asking. */
export interface ProxmoxAccess {
  readonly endpoint: string;
  /** Accept any certificate. */
  readonly insecure: boolean;
  /** Certificates, in PEM, of which one must have signed the endpoint's; none: those of Node.js. */
  readonly ca?: string;
  readonly token: string;
}

/**
 * The environment variable with the full path of `nixmox:caFile`. The provider's plugin gets it as
 * SSL_CERT_FILE, and no other program does.
 */
export const CA_VARIABLE = "NIXMOX_CA_FILE";

/** What is wrong, and what to do about it. */
export interface Problem {
  readonly why: string;
  readonly advice: string;
}

/** Proxmox VE can't be reached, or refuses to answer. */
export class ProxmoxError extends Error {
  override readonly name = "ProxmoxError";

  constructor(
    endpoint: string,
    readonly problem: Problem,
    /** The HTTP status; none where there was no answer. */
    readonly status?: number,
    /** What Proxmox VE says about it. */
    readonly reason = "",
  ) {
    super(visible(`Unable to use Proxmox VE at ${endpoint}: ${problem.why}. ${problem.advice}`));
  }
}

const CERTIFICATE_ADVICE =
  "Copy /etc/pve/pve-root-ca.pem from a node of that Proxmox VE, name the copy with `pulumi config set nixmox:caFile FILE`, " +
  "and let nixmox:endpoint have a name or an address that the certificate is for.";

/** Milliseconds without an answer after which a request has failed. */
const TIMEOUT = 15_000;
/** Requests at the same time: Proxmox VE serves its API with three processes. */
const CONNECTIONS = 8;

interface Request {
  readonly method: "GET" | "PUT";
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** A form. */
  readonly body?: string;
}

/** Talks to the API of Proxmox VE, a few requests at a time. Close it when done. */
export class ProxmoxClient {
  private readonly base: URL;
  private readonly pool: Pool;

  constructor(
    private readonly access: ProxmoxAccess,
    private readonly timeout = TIMEOUT,
  ) {
    this.base = new URL("api2/json/", access.endpoint);
    this.pool = new Pool(this.base.origin, {
      connections: CONNECTIONS,
      connect: { rejectUnauthorized: !access.insecure, ca: access.ca, timeout },
      headersTimeout: timeout,
      bodyTimeout: timeout,
    });
  }

  /** The answer to a path below `/api2/json/`; throws {@link ProxmoxError} if there is none. */
  get<T>(
    path: string,
    shape: z.ZodType<T>,
    query: Readonly<Record<string, string>> = {},
  ): Promise<T> {
    return this.ask({ method: "GET", path, query }, shape);
  }

  /** Changes what is at a path; the answer is a task's id, or nothing. */
  put<T>(path: string, shape: z.ZodType<T>, values: Readonly<Record<string, string>>): Promise<T> {
    return this.ask({ method: "PUT", path, body: new URLSearchParams(values).toString() }, shape);
  }

  private async ask<T>(request: Request, shape: z.ZodType<T>): Promise<T> {
    const { path } = request;
    const { status, reason, text } = await this.send(request).catch((error: unknown) => {
      throw isUntrusted(error)
        ? this.failure(`its certificate is refused: ${this.wordsOf(error)}`, CERTIFICATE_ADVICE)
        : this.failure(
            this.wordsOf(error),
            "Check that it runs, and that nixmox:endpoint is its address.",
          );
    });
    if (status === 401) {
      throw this.failure(
        "it refuses the API token (401)",
        "Give it a valid one with `pulumi config set --secret nixmox:apiToken`, " +
          "or write it to the file that nixmox:apiTokenFile names.",
        status,
      );
    }
    if (status !== 200) {
      const why = `it answers ${`${status} ${reason}`.trim()} to ${path}${faultsIn(text)}`;
      throw this.failure(
        why,
        "Check nixmox:endpoint and the log of pveproxy.",
        status,
        `${reason}${faultsIn(text)}`,
      );
    }
    const answer = shape.safeParse(dataOf(text));
    if (!answer.success) {
      const why = `something else answers there: ${path} does not look like Proxmox VE's`;
      throw this.failure(why, "Check nixmox:endpoint.", status);
    }
    return answer.data;
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }

  private async send({ method, path, query, body: form }: Request) {
    const { statusCode, statusText, body } = await this.pool.request({
      method,
      path: new URL(path, this.base).pathname,
      query: { ...query },
      body: form ?? null,
      headers: {
        authorization: `PVEAPIToken=${this.access.token}`,
        ...(form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
      },
    });
    // Proxmox VE says what is wrong in the status line.
    return { status: statusCode, reason: statusText.trim(), text: await body.text() };
  }

  /** An error of the connection, in words. */
  private wordsOf(error: unknown): string {
    const { code = "", message = "" } = error as { code?: string; message?: string };
    if (/^UND_ERR_.*TIMEOUT$/.test(code)) return `no answer in ${this.timeout / 1000} s`;
    return message || code || "no answer";
  }

  private failure(why: string, advice: string, status?: number, reason?: string): ProxmoxError {
    return new ProxmoxError(this.access.endpoint, { why, advice }, status, reason);
  }
}

/** Whether a connection failed because of the other side's certificate. */
function isUntrusted(error: unknown): boolean {
  const { code = "" } = error as { code?: string };
  return /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/.test(code);
}

function dataOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { data?: unknown } | null)?.data;
  } catch {
    return undefined;
  }
}

/** What Proxmox VE says about single parameters, such as a mount point that it can't mount. */
function faultsIn(text: string): string {
  try {
    const { errors } = JSON.parse(text) as { errors?: Readonly<Record<string, unknown>> };
    const faults = Object.values(errors ?? {}).map((each) => String(each).trim());
    return faults.length > 0 ? `: ${faults.join("; ")}` : "";
  } catch {
    return "";
  }
}
