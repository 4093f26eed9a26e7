import { fillForm, type ProviderPages } from "./index";

const domain = "authentik.nixmox.lan";
const outpost = "/outpost.goauthentik.io";
const fields = { user: "#username", password: "#password", submit: "button[type=submit]" };

/** The pages of what stands for Authentik in the lab, and of its embedded outpost. */
export const authentik: ProviderPages = {
  kind: "authentik",
  domain,
  asks: async (page) => {
    await page.waitForSelector(fields.user);
  },
  enter: (page, user, password) => fillForm(page, user, password, fields),
  accept: async (page, { url }, chosen) => {
    await page.goto(url);
    await page.fill("input[name=password]", chosen);
    await page.fill("input[name=password_repeat]", chosen);
    await page.click(fields.submit);
    await page.waitForSelector("input[name=password_repeat]", { state: "detached" });
  },
  used: /invalid or has been used/,
  wrong: /Failed to authenticate/,
  denied: /Permission denied/,
  refused: /redirect URI|Redirect URI|invalid/i,
  signOut: async (page, site) => {
    await page.goto(`https://${site}${outpost}/sign_out`);
    await page.goto(`https://${domain}/flows/-/default/invalidation/`);
    await page.waitForSelector("text=You have logged out");
  },
  guardCookie: /^authentik_proxy/,
  start: (site, back) => `https://${site}${outpost}/start?rd=${encodeURIComponent(back)}`,
  callback: (site) => `https://${site}${outpost}/callback`,
};
