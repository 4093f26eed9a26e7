import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { mayUse, subjectOf } from "../access";
import type { User } from "../model";
import { randomKey } from "../passwords";
import type { Store } from "../store";
import { errorPage, libraryPage, loginPage, passwordPage, sendPage, type AppLink } from "./pages";
import { localPath, readForm, type WebRequest } from "./request";
import { redirect } from "./response";
import type { Sessions } from "./sessions";
import { textOf } from "../json";

export const LOGIN = "/if/flow/default-authentication-flow/";

/** Where to sign in, to come back to a path. */
export const loginUrl = (next: string): string =>
  `${LOGIN}?${String(new URLSearchParams({ next }))}`;

/** The pages on which people sign in and out, choose a password and see their applications. */
export class Flows {
  constructor(
    private readonly store: Store,
    private readonly sessions: Sessions,
  ) {}

  /** Answers if the path is one of its own. */
  async answer(request: WebRequest, response: ServerResponse): Promise<boolean> {
    const { pathname } = request.url;
    const [, kind] = /^\/flows\/-\/default\/(authentication|invalidation)\/$/.exec(pathname) ?? [];
    if (kind !== undefined)
      redirect(response, `/if/flow/default-${kind}-flow/${request.url.search}`);
    else if (pathname === "/" || pathname === "/if/admin/") redirect(response, "/if/user/");
    else if (pathname === "/if/user/") await this.#library(request, response);
    else if (pathname.startsWith("/recovery/use-token/")) await this.#useToken(request, response);
    else if (pathname.startsWith("/if/flow/")) return this.#flow(request, response);
    else return false;
    return true;
  }

  async #flow(request: WebRequest, response: ServerResponse): Promise<boolean> {
    const slug = request.url.pathname.split("/")[3] ?? "";
    const [flow] = await this.store.find("flow", "slug", slug);
    if (!flow) return false;
    const key = request.url.searchParams.get("flow_token");
    if (key !== null) await this.#recover(request, response, key, slug);
    else if (flow.designation === "authentication") await this.#login(request, response);
    else if (flow.designation === "invalidation") await this.#logout(request, response, flow.title);
    else if (slug === "default-password-change") await this.#changePassword(request, response);
    else errorPage(response, flow.title, "The lab's stand-in does not have this page.");
    return true;
  }

  async #login(request: WebRequest, response: ServerResponse): Promise<void> {
    const next = localPath(request.url.searchParams.get("next")) ?? "/if/user/";
    if (request.method !== "POST") {
      const session = await this.sessions.of(request);
      if (session && !request.url.searchParams.has("again")) redirect(response, next);
      else loginPage(response);
      return;
    }
    const form = await readForm(request);
    const name = form?.get("uid_field") ?? "";
    const user = form && (await this.sessions.check(name, form.get("password") ?? ""));
    if (!user) {
      loginPage(response, name, "Failed to authenticate. Invalid password.");
      return;
    }
    await this.sessions.signIn(request, response, user);
    redirect(response, next);
  }

  async #logout(request: WebRequest, response: ServerResponse, title: string): Promise<void> {
    const next = localPath(request.url.searchParams.get("next"));
    await this.sessions.signOut(request, response);
    if (next === undefined)
      sendPage(response, title, `<p>You have logged out. <a href="${LOGIN}">Log in again</a></p>`);
    else redirect(response, next);
  }

  async #library(request: WebRequest, response: ServerResponse): Promise<void> {
    const session = await this.sessions.of(request);
    if (!session) {
      redirect(response, loginUrl("/if/user/"));
      return;
    }
    const subject = await subjectOf(this.store, session.user);
    const links: AppLink[] = [];
    for (const application of await this.store.list("application")) {
      if (!(await mayUse(this.store, application, subject))) continue;
      const provider = await this.store.get("provider", String(application.provider));
      const url = application.meta_launch_url || (provider?.external_host as string) || null;
      links.push({ name: application.name, url });
    }
    libraryPage(response, session.user.username, links);
  }

  /** A link that lets one person in, once, without a password. */
  async #useToken(request: WebRequest, response: ServerResponse): Promise<void> {
    const key = request.url.pathname.split("/")[3] ?? "";
    const found = await this.store.find("token", "key", key);
    const now = new Date().toISOString();
    const token = found.find(
      ({ intent, expires }) => intent === "recovery" && (expires === null || expires > now),
    );
    const user = token && (await this.store.get("user", String(token.user)));
    if (!user?.is_active) {
      errorPage(response, "Recovery", "This link is invalid or has been used.");
      return;
    }
    await this.store.remove("token", token!.pk);
    await this.sessions.signIn(request, response, user);
    redirect(response, user.password === null ? "/if/flow/default-password-change/" : "/if/user/");
  }

  async #recover(
    request: WebRequest,
    response: ServerResponse,
    key: string,
    slug: string,
  ): Promise<void> {
    const link = await this.store.get("artifact", `recovery:${key}`);
    const user = link?.flow === slug && (await this.store.get("user", textOf(link.recovery)));
    if (!user) {
      errorPage(response, "Recovery", "This link is invalid or has been used.");
      return;
    }
    await this.#choosePassword(request, response, user);
  }

  async #changePassword(request: WebRequest, response: ServerResponse): Promise<void> {
    const session = await this.sessions.of(request);
    if (session) await this.#choosePassword(request, response, session.user);
    else redirect(response, loginUrl(request.url.pathname));
  }

  async #choosePassword(request: WebRequest, response: ServerResponse, user: User): Promise<void> {
    const form = request.method === "POST" ? await readForm(request) : undefined;
    const password = form?.get("password");
    if (!password) {
      passwordPage(response, user.username);
      return;
    }
    if (password !== form?.get("password_repeat")) {
      passwordPage(response, user.username, "Passwords don't match.");
      return;
    }
    // Setting it also uses up the link that led here.
    await this.sessions.signIn(request, response, await this.sessions.setPassword(user, password));
    redirect(response, "/if/user/");
  }
}

/** Creates a link that lets a user in once, for so many minutes; the path of its page. */
export async function createRecoveryLink(
  store: Store,
  username: string,
  minutes: number,
): Promise<string | undefined> {
  const [user] = await store.find("user", "username", username);
  if (!user) return undefined;
  const pk = randomUUID();
  const key = randomKey(60);
  const expires = new Date(Date.now() + minutes * 60_000).toISOString();
  await store.put("token", pk, {
    pk,
    managed: null,
    identifier: `recovery-${pk}`,
    intent: "recovery",
    user: user.pk,
    description: `Recovery token for ${username}`,
    expires,
    expiring: true,
    key,
  });
  return `/recovery/use-token/${key}/`;
}
