import type { JsonObject } from "../model";

const RETRY_SECONDS = 3;
const REFRESH_SECONDS = 10;

const wait = (seconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** One who has signed in through an outpost. */
export interface Member {
  readonly user: JsonObject;
  readonly maySearch: boolean;
}

/** An outpost's side of Authentik's API: it signs in with its token, as the real programs do. */
export class Outpost {
  /** What its providers are, as last read. */
  providers: readonly JsonObject[] = [];

  constructor(
    readonly kind: "ldap" | "radius",
    private readonly host: string,
    private readonly token: string,
    private readonly log: (line: string) => void,
  ) {}

  /** Returns once Authentik has accepted the token, and then keeps the providers up to date. */
  async connect(): Promise<void> {
    for (;;) {
      try {
        const [outpost] = await this.list("/outposts/instances/");
        if (outpost?.type !== this.kind)
          throw new Error(`the token is for no ${this.kind} outpost`);
        await this.#refresh();
        break;
      } catch (error) {
        const why = (error as Error).message;
        this.log(`Failed to fetch outpost configuration, retrying in 3 seconds: ${why}`);
        await wait(RETRY_SECONDS);
      }
    }
    const again = () =>
      void this.#refresh().catch((error: Error) => this.log(`Failed to refresh: ${error.message}`));
    setInterval(again, REFRESH_SECONDS * 1000).unref();
  }

  async #refresh(): Promise<void> {
    this.providers = await this.list(`/outposts/${this.kind}/`);
  }

  /** All objects of a list. */
  async list(path: string): Promise<JsonObject[]> {
    const answer = await this.#get(`${path}?page_size=100`, {
      authorization: `Bearer ${this.token}`,
    });
    return answer.results as JsonObject[];
  }

  async #get(path: string, headers: Record<string, string>): Promise<JsonObject> {
    const answer = await fetch(new URL(`/api/v3${path}`, this.host), { headers });
    const body = (await answer.json()) as JsonObject;
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${JSON.stringify(body)}`);
    return body;
  }

  /** Signs a user in by a flow; undefined if the password is wrong or the application is not theirs. */
  async signIn(
    provider: JsonObject,
    flow: string,
    name: string,
    password: string,
  ): Promise<Member | undefined> {
    const cookies = new Map<string, string>();
    const url = new URL(`/api/v3/flows/executor/${flow}/?query=`, this.host);
    const steps = [
      { component: "ak-stage-identification", uid_field: name },
      { component: "ak-stage-password", password },
    ];
    for (const step of steps) {
      const answer = await fetch(url, {
        method: "POST",
        redirect: "manual",
        headers: { "content-type": "application/json", cookie: header(cookies) },
        body: JSON.stringify(step),
      });
      for (const line of answer.headers.getSetCookie()) {
        const [, key = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        cookies.set(key, value);
      }
      // A stage that is content leads on to the next.
      if (answer.status !== 302) return undefined;
    }
    const cookie = header(cookies);
    const query = new URLSearchParams({ app_slug: provider.application_slug as string });
    const path = `/outposts/${this.kind}/${provider.pk as number}/check_access/?${query}`;
    const { access, has_search_permission } = await this.#get(path, { cookie });
    if (!(access as JsonObject).passing) return undefined;
    const { user } = await this.#get("/core/users/me/", { cookie });
    return { user: user as JsonObject, maySearch: has_search_permission === true };
  }
}

const header = (cookies: ReadonlyMap<string, string>): string =>
  [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");

/** Connects as the environment says, and runs a server on the address of one of its variables. */
export async function runOutpost(
  kind: "ldap" | "radius",
  variable: string,
  usual: string,
  serve: (outpost: Outpost, host: string, port: number) => Promise<void>,
): Promise<void> {
  const log = (line: string) => console.error(line);
  const { AUTHENTIK_HOST: host, AUTHENTIK_TOKEN: token } = process.env;
  if (!host || !token) {
    log("env AUTHENTIK_HOST or AUTHENTIK_TOKEN not set!");
    process.exitCode = 1;
    return;
  }
  const outpost = new Outpost(kind, host, token, log);
  await outpost.connect();
  const [, address = "0.0.0.0", port] = /^(.*):(\d+)$/.exec(process.env[variable] ?? usual) ?? [];
  await serve(outpost, address, Number(port));
  log(
    `Listening on ${address}:${port}. This is a stand-in for Authentik's outpost, which only the lab runs.`,
  );
}
