import { createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import type { LabPaths } from "../paths";
import { permissionError, PveError } from "./errors";
import { Acl } from "./acl";
import { Pools } from "./pools";

/** Who sent a request, and what they may do. */
export class Session {
  /** Privileges without which a check would have failed. */
  readonly used = new Set<string>();

  constructor(
    /** `root@pam`, or `user@realm!token`; empty for an anonymous caller. */
    readonly id: string,
    private readonly acl: Acl = NOBODY,
  ) {}

  /** Proxmox itself, which may do anything. */
  static root(): Session {
    return new Session(ROOT);
  }

  get isRoot(): boolean {
    return this.id === ROOT;
  }

  get byToken(): boolean {
    return this.id.includes("!");
  }

  /** Whether the caller has a privilege at a place such as `/vms/110`. */
  may(path: string, privilege: string): boolean {
    return this.isRoot || this.acl.at(path).has(privilege);
  }

  /** Refuses a caller who lacks any of these privileges. */
  check(path: string, ...privileges: string[]): void {
    if (this.isRoot) return;
    const lacking = privileges.find((privilege) => !this.may(path, privilege));
    if (lacking !== undefined) throw permissionError(`${path}, ${lacking}`);
    privileges.forEach((privilege) => this.used.add(privilege));
  }

  /** Refuses a caller who has none of these privileges. */
  checkAny(path: string, privileges: readonly string[]): void {
    if (this.isRoot) return;
    const [held, another] = privileges.filter((privilege) => this.may(path, privilege));
    if (held === undefined) throw permissionError(`${path}, ${privileges.join("|")}`);
    if (another === undefined) this.used.add(held);
  }

  /** Refuses a caller who lacks a privilege on a guest, or on the pool that it is created into. */
  checkGuest(vmid: number, pool: string | undefined, privilege: string): void {
    const inPool = pool !== undefined && this.may(`/pool/${pool}`, privilege);
    this.check(inPool ? `/pool/${pool}` : `/vms/${vmid}`, privilege);
  }
}

/** What an anonymous caller may do. */
const NOBODY = new Acl({ user: [], token: [] }, () => undefined);

const LIFETIME = 2 * 60 * 60;

/** The user that the lab's API token belongs to; its privileges are in the file `acl.json` of the lab's folder. */
export const TOKEN_USER = "nixmox@pve";
export const TOKEN_NAME = "lab";
/** The only user that may log in with a password. */
export const ROOT = "root@pam";

const unauthorized = (message: string) => new PveError(401, `${message}\n`);
const now = () => Math.trunc(Date.now() / 1000);

function same(a: string, b: string): boolean {
  const digest = (text: string) => createHmac("sha256", "compare").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** Checks tokens and tickets, and hands out tickets. */
export class Sessions {
  private readonly token: string;
  private readonly password: string;
  private readonly ticketKey: string;
  private readonly pools: Pools;

  constructor(private readonly paths: LabPaths) {
    const read = (file: string) => readFileSync(file, "utf8").trim();
    this.token = read(paths.token).split("=")[1]!;
    this.password = read(paths.password);
    this.ticketKey = read(paths.ticketKey);
    this.pools = new Pools(paths);
  }

  /** Identifies the sender of a request, and refuses one who cannot prove it. */
  authenticate(method: string, headers: IncomingHttpHeaders): Session {
    const apiToken = /^PVEAPIToken=(.*)$/.exec(headers.authorization ?? "")?.[1];
    if (apiToken !== undefined) return this.verifyToken(apiToken);
    const cookie = /(?:^|;\s*)PVEAuthCookie=([^;]*)/.exec(headers.cookie ?? "")?.[1];
    const ticket = cookie ?? /^PVEAuthCookie=(.*)$/.exec(headers.authorization ?? "")?.[1];
    if (!ticket) throw unauthorized("No ticket");
    const user = this.verifyTicket(decodeURIComponent(ticket));
    if (!user) throw unauthorized("permission denied - invalid PVE ticket");
    const csrf = headers.csrfpreventiontoken;
    if (method !== "GET" && !this.verifyCsrf(user, typeof csrf === "string" ? csrf : "")) {
      throw unauthorized("Permission denied - invalid csrf token");
    }
    return new Session(user);
  }

  /** Logs a user in, with a password or a ticket that is still valid. */
  createTicket(username: string, secret: string): Record<string, string> {
    const byPassword = username === ROOT && same(secret, this.password);
    if (!byPassword && this.verifyTicket(secret) !== username) {
      throw unauthorized("authentication failure");
    }
    const time = hex(now());
    return {
      username,
      ticket: `PVE:${username}:${time}::${this.sign(`${username}:${time}`)}`,
      CSRFPreventionToken: `${time}:${this.sign(`csrf:${time}:${username}`)}`,
    };
  }

  private verifyToken(text: string): Session {
    const [, user, name, secret] = /^([^!\s]+)!([^=:\s]+)[=:](.*)$/.exec(text) ?? [];
    if (user === undefined) throw unauthorized("no tokenid specified");
    if (user !== TOKEN_USER && user !== ROOT) throw unauthorized(`no such user ('${user}')`);
    if (user !== TOKEN_USER || name !== TOKEN_NAME) {
      throw unauthorized(`no such token '${name}' for user '${user}'`);
    }
    if (!same(secret!, this.token)) throw unauthorized("invalid token value!");
    return new Session(`${user}!${name}`, this.acl());
  }

  /** What the API token may do. */
  acl(): Acl {
    return Acl.read(this.paths.acl, (vmid) => this.pools.of(vmid));
  }

  private verifyTicket(ticket: string): string | undefined {
    const [, user, time, signature] = /^PVE:([^:]+):([0-9A-F]{8})::(.+)$/.exec(ticket) ?? [];
    if (user === undefined || !isRecent(time!)) return undefined;
    return same(signature!, this.sign(`${user}:${time}`)) ? user : undefined;
  }

  private verifyCsrf(user: string, token: string): boolean {
    const [, time, signature] = /^([0-9A-F]{8}):(.+)$/.exec(token) ?? [];
    if (time === undefined || !isRecent(time)) return false;
    return same(signature!, this.sign(`csrf:${time}:${user}`));
  }

  private sign(text: string): string {
    return createHmac("sha256", this.ticketKey).update(text).digest("base64").replace(/=+$/, "");
  }
}

const hex = (seconds: number) => seconds.toString(16).toUpperCase().padStart(8, "0");

function isRecent(time: string): boolean {
  const age = now() - parseInt(time, 16);
  return age >= -300 && age < LIFETIME;
}
