import { createHash, randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import { EMBEDDED } from "../defaults";
import { subjectOf } from "../access";
import { clientById, validity, type Client } from "../oidc/clients";
import type { Outpost, Provider } from "../model";
import type { Store } from "../store";
import { errorPage } from "./pages";
import { header, type WebRequest } from "./request";
import { redirect, sendText, setCookie } from "./response";
import type { Session } from "./sessions";
import { textOf } from "../json";

const PREFIX = "/outpost.goauthentik.io";
const SIGN_IN_SECONDS = 30 * 60;

const random = (): string => randomBytes(24).toString("base64url");
const inSeconds = (seconds: number): Date => new Date(Date.now() + seconds * 1000);

/** The embedded outpost: tells a reverse proxy whether a request may pass. */
export class ForwardAuth {
  constructor(
    private readonly store: Store,
    private readonly log: (line: string) => void,
  ) {}

  /** Answers if the path is one of its own. */
  async answer(request: WebRequest, response: ServerResponse): Promise<boolean> {
    const { pathname } = request.url;
    if (!pathname.startsWith(`${PREFIX}/`)) return false;
    if (pathname === `${PREFIX}/ping`) {
      response.writeHead(204).end();
      return true;
    }
    const client = await this.#clientFor(request.url);
    if (!client) {
      this.log(`forward auth: no provider of the embedded outpost is for ${request.url.host}`);
      sendText(response, 404, "Not Found");
      return true;
    }
    const rest = pathname.slice(PREFIX.length);
    if (rest === "/auth/caddy") await this.#check(request, response, client);
    else if (rest === "/start") {
      const rd = request.url.searchParams.get("rd");
      await this.#start(request, response, client, rd ?? textOf(client.provider.external_host));
    } else if (rest === "/callback") await this.#callback(request, response, client);
    else if (rest === "/sign_out") await this.#signOut(request, response, client);
    else sendText(response, 404, "Not Found");
    return true;
  }

  async #outpost(): Promise<Outpost | undefined> {
    return (await this.store.find("outpost", "managed", EMBEDDED))[0];
  }

  /** The provider for a name: the one whose own it is, else the one for the longest domain. */
  async #clientFor({ host, hostname }: URL): Promise<Client | undefined> {
    const attached = (await this.#outpost())?.providers ?? [];
    const all = (await this.store.list("provider")).filter(
      ({ pk, kind }) => kind === "proxy" && attached.includes(pk),
    );
    const own = all.find((each) => new URL(textOf(each.external_host)).host === host);
    const covers = (each: Provider) => {
      const domain = textOf(each.cookie_domain).replace(/^\./, "");
      return domain !== "" && (hostname === domain || hostname.endsWith(`.${domain}`));
    };
    const [widest] = all
      .filter((each) => each.mode === "forward_domain" && covers(each))
      .sort((a, b) => textOf(b.cookie_domain).length - textOf(a.cookie_domain).length);
    const provider = own ?? widest;
    return provider && clientById(this.store, textOf(provider.client_id));
  }

  async #check(request: WebRequest, response: ServerResponse, client: Client): Promise<void> {
    const uri = header(request.raw, "x-forwarded-uri") ?? "/";
    const asked = new URL(uri.startsWith("/") ? uri : "/", request.url.origin);
    const id = request.cookies[cookieName(client)];
    const session = id ? await this.store.get("artifact", `ProxySession:${id}`) : undefined;
    if (session?.provider === String(client.provider.pk)) {
      for (const [name, value] of Object.entries(session.headers as Record<string, string>)) {
        response.setHeader(name, value);
      }
      sendText(response, 200);
    } else if (isPublic(client.provider, asked)) sendText(response, 200);
    else await this.#start(request, response, client, asked.href);
  }

  /** Sends the browser to Authentik to sign in, and remembers where to come back to. */
  async #start(
    request: WebRequest,
    response: ServerResponse,
    client: Client,
    target: string,
  ): Promise<void> {
    const config = (await this.#outpost())?.config ?? {};
    const host = textOf(config.authentik_host_browser || config.authentik_host || "");
    if (!URL.canParse(host)) {
      this.log("forward auth: the embedded outpost's config has no authentik_host");
      const detail = "The embedded outpost's authentik_host is not set.";
      errorPage(response, "authentik Domain is not configured", detail);
      return;
    }
    const state = random();
    const browser = request.cookies[cookieName(client)] || random();
    const provider = String(client.provider.pk);
    const allowed = this.#allowed(client, target);
    const pending = { provider, target: allowed, browser, origin: request.url.origin };
    await this.store.put("artifact", `ProxyState:${state}`, pending, inSeconds(SIGN_IN_SECONDS));
    this.#setCookie(request, response, client, browser, inSeconds(SIGN_IN_SECONDS));
    const url = new URL("/application/o/authorize/", host);
    url.search = String(
      new URLSearchParams({
        client_id: textOf(client.provider.client_id),
        redirect_uri: `${request.url.origin}${PREFIX}/callback?X-authentik-auth-callback=true`,
        response_type: "code",
        scope: client.mappings.map(({ scope_name }) => scope_name).join(" "),
        state,
      }),
    );
    redirect(response, url.href);
  }

  /** Only an address that the provider is for; else its own. */
  #allowed({ provider }: Client, target: string): string {
    const external = new URL(textOf(provider.external_host));
    if (!URL.canParse(target)) return external.href;
    const { host, hostname, protocol } = new URL(target);
    const domain = textOf(provider.cookie_domain).replace(/^\./, "");
    const within = domain !== "" && (hostname === domain || hostname.endsWith(`.${domain}`));
    const own = provider.mode === "forward_domain" ? within : host === external.host;
    return own && /^https?:$/.test(protocol) ? target : external.href;
  }

  async #callback(request: WebRequest, response: ServerResponse, client: Client): Promise<void> {
    const params = request.url.searchParams;
    const stateKey = `ProxyState:${params.get("state")}`;
    const codeKey = `ProxyCode:${params.get("code")}`;
    const [state, code] = await Promise.all([
      this.store.get("artifact", stateKey),
      this.store.get("artifact", codeKey),
    ]);
    const browser = request.cookies[cookieName(client)];
    const provider = String(client.provider.pk);
    const user = await this.store.get("user", textOf(code?.accountId ?? ""));
    const valid =
      state?.provider === provider && code?.provider === provider && state.browser === browser;
    if (!valid || !user?.is_active) {
      errorPage(response, "Bad Request", "This sign-in has expired. Start again.");
      return;
    }
    await this.store.remove("artifact", stateKey);
    await this.store.remove("artifact", codeKey);
    const seconds = validity(client, "access_token_validity");
    const id = random();
    const { groups } = await subjectOf(this.store, user);
    const headers = {
      "x-authentik-username": user.username,
      "x-authentik-groups": groups.map(({ name }) => name).join("|"),
      "x-authentik-entitlements": "",
      "x-authentik-email": user.email,
      "x-authentik-name": user.name,
      "x-authentik-uid": user.uid,
      "x-authentik-meta-outpost": "authentik Embedded Outpost",
      "x-authentik-meta-provider": client.provider.name,
      "x-authentik-meta-app": client.application.slug,
    };
    const session = { provider, accountId: code.accountId!, sso: code.sso!, headers };
    await this.store.put("artifact", `ProxySession:${id}`, session, inSeconds(seconds));
    this.#setCookie(request, response, client, id, inSeconds(seconds));
    redirect(response, textOf(state.target));
  }

  /** The address with which a sign-in returns to the outpost. */
  async code(client: Client, session: Session, params: URLSearchParams): Promise<string> {
    const code = random();
    const provider = String(client.provider.pk);
    const issued = { provider, accountId: String(session.user.pk), sso: session.id };
    await this.store.put("artifact", `ProxyCode:${code}`, issued, inSeconds(60));
    const url = new URL(params.get("redirect_uri")!);
    url.searchParams.set("code", code);
    url.searchParams.set("state", params.get("state") ?? "");
    return url.href;
  }

  async #signOut(request: WebRequest, response: ServerResponse, client: Client): Promise<void> {
    const id = request.cookies[cookieName(client)];
    if (id) await this.store.remove("artifact", `ProxySession:${id}`);
    this.#setCookie(request, response, client, "", new Date(0));
    const config = (await this.#outpost())?.config ?? {};
    const host = textOf(config.authentik_host_browser || config.authentik_host || "");
    const path = `/application/o/${client.application.slug}/end-session/`;
    if (URL.canParse(host)) redirect(response, new URL(path, host).href);
    else sendText(response, 200, "You have logged out.");
  }

  #setCookie(
    request: WebRequest,
    response: ServerResponse,
    client: Client,
    value: string,
    expires: Date,
  ): void {
    const { mode, cookie_domain } = client.provider;
    const secure = request.url.protocol === "https:";
    const wide = mode === "forward_domain" && cookie_domain !== "";
    const options = { secure, expires, ...(wide && { domain: textOf(cookie_domain) }) };
    setCookie(response, cookieName(client), value, options);
  }
}

/** Bound to the application: another's cookie has another name, and its session another provider. */
function cookieName({ provider }: Client): string {
  const hash = createHash("sha256").update(textOf(provider.client_id)).digest("hex");
  return `authentik_proxy_${hash.slice(0, 8)}`;
}

/** Whether a provider leaves a path open to everyone. */
function isPublic({ skip_path_regex, mode }: Provider, asked: URL): boolean {
  const text = mode === "forward_domain" ? asked.href : asked.pathname;
  const patterns = textOf(skip_path_regex).split("\n").filter(Boolean);
  return patterns.some((pattern) => new RegExp(pattern).test(text));
}
