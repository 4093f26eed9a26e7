import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { BrowserContext, Page, Response } from "playwright-core";
import type { ProviderPages } from "./pages";

/** What a visitor's browser asked for and did not get. */
export interface Caught {
  readonly urls: readonly URL[];
  /** Lets everything through again. */
  readonly release: () => Promise<void>;
}

/** Someone with a browser of their own, which has no cookies at first. */
export class Visitor {
  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    private readonly pages: ProviderPages,
    private readonly passwordOf: (user: string) => string,
  ) {}

  static async open(
    context: BrowserContext,
    pages: ProviderPages,
    passwordOf: (user: string) => string,
  ): Promise<Visitor> {
    context.setDefaultTimeout(30_000);
    return new Visitor(context, await context.newPage(), pages, passwordOf);
  }

  /** Opens a page, wherever that leads. */
  async visit(url: string): Promise<Response | null> {
    return this.page.goto(url).catch((error: unknown) => {
      // Another lab on this machine has started or stopped a container, now or on the page before.
      if (!/ERR_NETWORK_CHANGED|by another navigation to "chrome-error/.test(String(error)))
        throw error;
      return this.page.goto(url);
    });
  }

  /** Opens a page, is asked who it is, and says so. */
  async signIn(url: string, user: string): Promise<void> {
    await this.visit(url);
    await this.enter(user);
  }

  /** Answers the provider's question. */
  async enter(user: string, password = this.passwordOf(user)): Promise<void> {
    await this.pages.asks(this.page);
    await this.pages.enter(this.page, user, password);
  }

  /** Waits until it is on a page, whatever the provider does on the way. */
  async arrives(url: string | RegExp): Promise<void> {
    const isThere = (own: URL) => (typeof url === "string" ? own.href === url : url.test(own.href));
    await this.page.waitForURL(isThere).catch(async (error: unknown) => {
      const seen = await this.text().catch(() => "");
      assert.fail(`${String(error)}\nwaited for ${String(url)} at ${this.page.url()}: ${seen}`);
    });
  }

  /** What is to be read on the page. */
  text(): Promise<string> {
    return this.page.locator("body").innerText();
  }

  /** Waits until the page says something. */
  async reads(text: RegExp): Promise<void> {
    await this.page.locator("body").filter({ hasText: text }).waitFor();
  }

  /**
   * Answers in the place of some addresses from now on, also when a redirect leads there, which
   * Playwright's own routes do not see.
   */
  async catch(applies: (url: URL) => boolean): Promise<Caught> {
    const session = await this.context.newCDPSession(this.page);
    const urls: URL[] = [];
    session.on("Fetch.requestPaused", ({ requestId, request }) => {
      const url = new URL(request.url);
      const caught = applies(url);
      if (caught) urls.push(url);
      const body = Buffer.from("caught").toString("base64");
      const answer = caught
        ? session.send("Fetch.fulfillRequest", { requestId, responseCode: 200, body })
        : session.send("Fetch.continueRequest", { requestId });
      // The page may be gone by now.
      answer.catch(() => undefined);
    });
    await session.send("Fetch.enable", { patterns: [{ urlPattern: "*" }] });
    return { urls, release: () => session.detach() };
  }

  /**
   * Loses cookies: all of them, or those with a name. A browser fetches a site's icon by itself, and
   * without cookies that would begin a sign-in of its own, so it gets the time for that before.
   */
  async forget(name?: RegExp): Promise<void> {
    await sleep(1000);
    await this.context.clearCookies(name && { name });
  }

  /** The cookies that it would send with a request, as a header. */
  async cookie(url: string): Promise<readonly [name: string, value: string]> {
    const cookies = await this.context.cookies(url);
    return ["Cookie", cookies.map(({ name, value }) => `${name}=${value}`).join("; ")];
  }
}
