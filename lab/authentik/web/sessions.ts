import { randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import { checkPassword, hashPassword } from "../passwords";
import type { User } from "../model";
import type { Store } from "../store";
import type { WebRequest } from "./request";
import { setCookie } from "./response";

export const SESSION_COOKIE = "authentik_session";

/** Who is signed in at Authentik itself. Its OIDC part keeps its sessions in the same form. */
export interface Session {
  readonly id: string;
  readonly user: User;
  /** Seconds since 1970. */
  readonly loginTs: number;
}

/** People's sessions at Authentik. */
export class Sessions {
  constructor(
    private readonly store: Store,
    private readonly seconds: number,
  ) {}

  async of(request: WebRequest): Promise<Session | undefined> {
    const id = request.cookies[SESSION_COOKIE];
    const stored = id ? await this.store.get("artifact", `Session:${id}`) : undefined;
    if (!id || typeof stored?.accountId !== "string") return undefined;
    const user = await this.store.get("user", stored.accountId);
    return user?.is_active ? { id, user, loginTs: Number(stored.loginTs) } : undefined;
  }

  /** The user whose name and password these are, if they may sign in. */
  async check(name: string, password: string): Promise<User | undefined> {
    const users = await this.store.list("user");
    const lower = name.toLowerCase();
    const user = users.find(
      ({ username, email }) => username === name || (email !== "" && email.toLowerCase() === lower),
    );
    const right = await checkPassword(password, user?.password ?? null);
    return right && user?.is_active && !user.type.includes("service") ? user : undefined;
  }

  /** Signs a user in; anyone who was signed in before is not any more. */
  async signIn(request: WebRequest, response: ServerResponse, user: User): Promise<void> {
    await this.#end(request.cookies[SESSION_COOKIE]);
    const [jti, uid] = [0, 1].map(() => randomBytes(24).toString("base64url"));
    const iat = Math.floor(Date.now() / 1000);
    const exp = iat + this.seconds;
    const expires = new Date(exp * 1000);
    const accountId = String(user.pk);
    const session = { kind: "Session", jti: jti!, uid: uid!, accountId, loginTs: iat, iat, exp };
    await this.store.put("artifact", `Session:${jti}`, session, expires);
    await this.store.put("user", accountId, { ...user, last_login: new Date().toISOString() });
    const secure = request.url.protocol === "https:";
    setCookie(response, SESSION_COOKIE, jti!, { secure, expires });
  }

  async signOut(request: WebRequest, response: ServerResponse): Promise<void> {
    await this.#end(request.cookies[SESSION_COOKIE]);
    const secure = request.url.protocol === "https:";
    setCookie(response, SESSION_COOKIE, "", { secure, expires: new Date(0) });
  }

  /** Ends a session, and what outposts know of it. */
  async #end(id: string | undefined): Promise<void> {
    if (!id) return;
    await this.store.remove("artifact", `Session:${id}`);
    await this.store.removeWhere("artifact", "sso", id);
  }

  /** Sets a password, and signs the user out everywhere. */
  async setPassword(user: User, password: string): Promise<User> {
    const changed = {
      ...user,
      password: await hashPassword(password),
      password_change_date: new Date().toISOString(),
    };
    await this.store.put("user", String(user.pk), changed);
    await this.store.removeWhere("artifact", "accountId", String(user.pk));
    return changed;
  }
}
