import type { Page } from "playwright-core";

/** What `npm run invite` prints: an address, and a password unless the address is enough. */
export interface Invitation {
  readonly url: string;
  readonly user: string;
  readonly password?: string | undefined;
}

/** How people sign in and out at a provider: its own pages, as one sees them. */
export interface ProviderPages {
  readonly kind: "authentik" | "keycloak";
  /** Where it is. */
  readonly domain: string;
  /** Waits until it asks who one is. */
  asks(page: Page): Promise<void>;
  /** Fills in its form and sends it. */
  enter(page: Page, user: string, password: string): Promise<void>;
  /** Chooses a password with an invitation. */
  accept(page: Page, invitation: Invitation, chosen: string): Promise<void>;
  /** What it says to anyone who uses an invitation again. */
  readonly used: RegExp;
  /** What it says to a wrong name or password. */
  readonly wrong: RegExp;
  /** What it says to a user of no allowed group. */
  readonly denied: RegExp;
  /** What it says to a request that it cannot answer by a redirect, as to an unknown address. */
  readonly refused: RegExp;
  /** Signs out at a guarded site and at the provider. */
  signOut(page: Page, site: string): Promise<void>;
  /** Names of the cookies by which a guard knows a browser. */
  readonly guardCookie: RegExp;
  /** Where signing in at a guard begins, with the page to come back to. */
  start(site: string, back: string): string;
  /** Where the provider sends browsers back to a guard. */
  callback(site: string): string;
}

/** A form with a name and a password, on one page or on two. */
export async function fillForm(
  page: Page,
  user: string,
  password: string,
  fields: { readonly user: string; readonly password: string; readonly submit: string },
): Promise<void> {
  await page.fill(fields.user, user);
  if (!(await page.locator(fields.password).isVisible())) {
    await page.click(fields.submit);
    await page.waitForSelector(fields.password);
  }
  await page.fill(fields.password, password);
  await page.click(fields.submit);
}
