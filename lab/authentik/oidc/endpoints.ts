import type { ServerResponse } from "node:http";
import type Provider from "oidc-provider";
import { mayUse, subjectOf } from "../access";
import type { Store } from "../store";
import { deniedPage, errorPage, escape, sendPage } from "../web/pages";
import { loginUrl } from "../web/flows";
import { readBody, type WebRequest } from "../web/request";
import { redirect, sendJson, sendText } from "../web/response";
import type { Session, Sessions } from "../web/sessions";
import { allowsRedirect, clientById, clientBySlug, discovery, type Client } from "./clients";
import { openIdProvider, publicJwk, type AuthMethod } from "./provider";
import { textOf } from "../json";

/** Issues the code with which an outpost's sign-in returns. */
export type OutpostCode = (
  client: Client,
  session: Session,
  params: URLSearchParams,
) => Promise<string>;

const EXPLICIT = "default-provider-authorization-explicit-consent";
const MAX_CACHED = 100;

/** OAuth2 and OpenID Connect below `/application/o/`. */
export class OidcEndpoints {
  readonly #providers = new Map<string, Provider>();

  constructor(
    private readonly store: Store,
    private readonly sessions: Sessions,
    private readonly outpostCode: OutpostCode,
  ) {}

  /** Answers if the path is one of its own. */
  async answer(request: WebRequest, response: ServerResponse): Promise<boolean> {
    const { pathname } = request.url;
    const [, first = "", rest = ""] = /^\/application\/o\/([^/]+)\/(.*)$/.exec(pathname) ?? [];
    if (first === "authorize") {
      await (rest === ""
        ? this.#authorize(request, response)
        : this.#resume(request, response, rest));
    } else if (first === "interaction") {
      await this.#interaction(request, response, rest.replace(/\/$/, ""));
    } else if (["token", "introspect", "revoke"].includes(first) && rest === "") {
      await this.#client(request, response);
    } else if (first === "userinfo" && rest === "") await this.#userinfo(request, response);
    else if (first === "") return false;
    else return this.#application(request, response, first, rest);
    return true;
  }

  async #application(
    request: WebRequest,
    response: ServerResponse,
    slug: string,
    rest: string,
  ): Promise<boolean> {
    const client = await clientBySlug(this.store, slug);
    if (!client) return false;
    if (rest === ".well-known/openid-configuration") {
      response.setHeader("access-control-allow-origin", "*");
      sendJson(response, 200, discovery(client, request.url.origin));
    } else if (rest === "jwks/") {
      response.setHeader("access-control-allow-origin", "*");
      sendJson(response, 200, client.signingKey ? { keys: [publicJwk(client.signingKey)] } : {});
    } else if (rest === "end-session/") await this.#endSession(request, response, client);
    else return false;
    return true;
  }

  async #authorize(request: WebRequest, response: ServerResponse): Promise<void> {
    const { url } = request;
    if (request.method === "POST") {
      const form = new URLSearchParams(await readBody(request.raw));
      redirect(response, `${url.pathname}?${String(form)}`);
      return;
    }
    const params = url.searchParams;
    const client = await clientById(this.store, params.get("client_id") ?? "");
    if (!client) {
      const detail = "The client identifier (client_id) is missing or invalid.";
      errorPage(response, "Client ID Error", detail);
      return;
    }
    if (!allows(client, params.get("redirect_uri") ?? "")) {
      const detail =
        "The request fails due to a missing, invalid, or mismatching redirection URI (redirect_uri).";
      errorPage(response, "Redirect URI Error", detail);
      return;
    }
    const session = await this.sessions.of(request);
    const prompts = new Set(params.get("prompt")?.split(" ") ?? []);
    if (!session || prompts.has("login") || tooOld(session, params.get("max_age"))) {
      if (!prompts.has("none")) {
        redirect(response, signInAgain(url, prompts, session !== undefined));
        return;
      }
    } else {
      const subject = await subjectOf(this.store, session.user);
      if (!(await mayUse(this.store, client.application, subject))) {
        deniedPage(response, session.user.username);
        return;
      }
      if (client.provider.kind === "proxy") {
        redirect(response, await this.outpostCode(client, session, params));
        return;
      }
    }
    await this.#prompted(request, response, client, prompts);
  }

  /** Goes on to `oidc-provider`, with what it would otherwise refuse put right. */
  async #prompted(
    request: WebRequest,
    response: ServerResponse,
    client: Client,
    prompts: Set<string>,
  ): Promise<void> {
    const params = request.url.searchParams;
    const known = ["openid", ...client.mappings.map(({ scope_name }) => scope_name)];
    const wanted = params.get("scope")?.split(" ") ?? [];
    const scopes = wanted.filter((scope) => known.includes(scope));
    params.set("scope", scopes.join(" "));
    const flow = await this.store.get("flow", client.provider.authorization_flow);
    // Long-lived tokens need consent, which an implicit flow then gives by itself.
    const consent = scopes.includes("offline_access") || flow?.slug === EXPLICIT;
    if (consent && !prompts.has("none")) params.set("prompt", "consent");
    else if (!prompts.has("none")) params.delete("prompt");
    // Without a session there is nothing to ask `oidc-provider` for but its error.
    const method = client.provider.client_type === "public" ? "none" : "client_secret_basic";
    await this.#pass(request, response, this.#provider(client, request.url.origin, method));
  }

  async #resume(request: WebRequest, response: ServerResponse, uid: string): Promise<void> {
    const provider = await this.#ofInteraction(request, uid.replace(/\/$/, ""));
    if (provider) await this.#pass(request, response, provider.provider);
    else errorPage(response, "Bad Request", "This sign-in has expired. Start again.");
  }

  /** Consent: asked for by the explicit flow, given by the implicit one. */
  async #interaction(request: WebRequest, response: ServerResponse, uid: string): Promise<void> {
    const found = await this.#ofInteraction(request, uid);
    if (found?.prompt !== "consent") {
      errorPage(response, "Bad Request", "This sign-in has expired. Start again.");
      return;
    }
    const { provider, client } = found;
    const flow = await this.store.get("flow", client.provider.authorization_flow);
    if (flow?.slug === EXPLICIT && request.method !== "POST") {
      const content = `<p>You're about to sign in to ${escape(client.application.name)}.</p>
<form method="post"><button type="submit">Continue</button></form>`;
      sendPage(response, `Redirecting to ${client.application.name}`, content);
      return;
    }
    await provider.interactionFinished(request.raw, response, { consent: {} });
  }

  async #ofInteraction(request: WebRequest, uid: string) {
    const stored = await this.store.get("artifact", `Interaction:${uid}`);
    const params = stored?.params as { client_id?: string } | undefined;
    const client = params && (await clientById(this.store, params.client_id ?? ""));
    if (!client) return undefined;
    const method: AuthMethod =
      client.provider.client_type === "public" ? "none" : "client_secret_basic";
    const provider = this.#provider(client, request.url.origin, method);
    return { provider, client, prompt: (stored?.prompt as { name?: string } | undefined)?.name };
  }

  /** Requests of a client's own, which says who it is in the body or by HTTP's own way. */
  async #client(request: WebRequest, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await readBody(request.raw));
    const [, basic] = /^Basic (.+)$/i.exec(request.raw.headers.authorization ?? "") ?? [];
    const user = basic && Buffer.from(basic, "base64").toString("utf8").split(":")[0];
    const id = user ? decodeURIComponent(user) : form.get("client_id");
    const client = await clientById(this.store, id ?? "");
    if (client?.provider.kind !== "oauth2") {
      const error_description = "Client authentication failed (e.g., unknown client).";
      sendJson(response, 401, { error: "invalid_client", error_description });
      return;
    }
    const method: AuthMethod = basic
      ? "client_secret_basic"
      : client.provider.client_type === "public"
        ? "none"
        : "client_secret_post";
    // `oidc-provider` takes a body that was read before.
    Object.assign(request.raw, { body: Object.fromEntries(form) });
    await this.#pass(request, response, this.#provider(client, request.url.origin, method));
  }

  async #userinfo(request: WebRequest, response: ServerResponse): Promise<void> {
    if (request.method === "OPTIONS") {
      // A browser asks before it sends a token, so that nobody knows yet which client's page it is. What
      // the page may read is decided with the answer.
      response.setHeader("access-control-allow-origin", "*");
      response.setHeader("access-control-allow-headers", "authorization");
      response.writeHead(204).end();
      return;
    }
    const [, token] = /^Bearer (.+)$/i.exec(request.raw.headers.authorization ?? "") ?? [];
    const stored = token ? await this.store.get("artifact", `AccessToken:${token}`) : undefined;
    const client = stored && (await clientById(this.store, textOf(stored.clientId)));
    if (!client) {
      response.setHeader("www-authenticate", 'Bearer error="invalid_token"');
      sendText(response, 401);
      return;
    }
    const method = client.provider.client_type === "public" ? "none" : "client_secret_basic";
    await this.#pass(request, response, this.#provider(client, request.url.origin, method));
  }

  async #endSession(request: WebRequest, response: ServerResponse, client: Client): Promise<void> {
    const flow = await this.store.get("flow", client.provider.invalidation_flow);
    const params = request.url.searchParams;
    const back = params.get("post_logout_redirect_uri");
    const ends = flow?.slug !== "default-provider-invalidation-flow";
    if (ends) await this.sessions.signOut(request, response);
    if (back !== null && allows(client, back)) {
      const target = new URL(back);
      const state = params.get("state");
      if (state !== null) target.searchParams.set("state", state);
      redirect(response, target.href);
      return;
    }
    const { name } = client.application;
    const more = ends
      ? ""
      : '<p><a href="/flows/-/default/invalidation/">Log out of authentik</a></p>';
    sendPage(response, "Logged out", `<p>You've logged out of ${escape(name)}.</p>${more}`);
  }

  /** Its paths end in no slash, Authentik's in one. */
  async #pass(request: WebRequest, response: ServerResponse, provider: Provider): Promise<void> {
    const { pathname, search } = request.url;
    request.raw.url = pathname.replace(/\/$/, "") + search;
    await provider.callback()(request.raw, response);
  }

  /** Everything that it depends on is part of its key, so that a change makes another one. */
  #provider(client: Client, origin: string, method: AuthMethod): Provider {
    const key = JSON.stringify([client, origin, method]);
    const known = this.#providers.get(key);
    if (known) return known;
    const [oldest] = this.#providers.keys();
    if (this.#providers.size >= MAX_CACHED) this.#providers.delete(oldest!);
    const provider = openIdProvider(this.store, client, origin, method);
    this.#providers.set(key, provider);
    return provider;
  }
}

function allows(client: Client, address: string): boolean {
  if (client.provider.kind !== "proxy") return allowsRedirect(client, address);
  const expected = new URL(
    "/outpost.goauthentik.io/callback",
    textOf(client.provider.external_host),
  );
  return address.startsWith(`${expected.href}?`) || inCookieDomain(client, address);
}

/** A provider for a whole domain returns to whichever of its names was asked. */
function inCookieDomain({ provider }: Client, address: string): boolean {
  if (provider.mode !== "forward_domain" || !URL.canParse(address)) return false;
  const { hostname, pathname } = new URL(address);
  const domain = textOf(provider.cookie_domain).replace(/^\./, "");
  const within = hostname === domain || hostname.endsWith(`.${domain}`);
  return domain !== "" && within && pathname === "/outpost.goauthentik.io/callback";
}

const tooOld = ({ loginTs }: Session, maxAge: string | null): boolean =>
  maxAge !== null && Math.floor(Date.now() / 1000) - loginTs > Number(maxAge);

/** The page for signing in, which comes back without asking for it once more. */
function signInAgain(url: URL, prompts: Set<string>, again: boolean): string {
  const next = new URL(url);
  prompts.delete("login");
  if (prompts.size > 0) next.searchParams.set("prompt", [...prompts].join(" "));
  else next.searchParams.delete("prompt");
  return `${loginUrl(next.pathname + next.search)}${again ? "&again=1" : ""}`;
}
