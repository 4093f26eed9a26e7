import { fillForm, type ProviderPages } from "./index";

const domain = "authentik.nixmox.lan";
const outpost = "/outpost.goauthentik.io";
const fields = {
  user: "input[name=uidField], input[name=username]",
  password: "input[name=password]",
  submit: "button[type=submit]",
};

/** The pages of Authentik, or of what stands for it in the lab, and of its embedded outpost. */
export const authentik: ProviderPages = {
  kind: "authentik",
  domain,
  asks: async (page) => {
    await page.waitForSelector(fields.user);
  },
  enter: (page, user, password) => fillForm(page, user, password, fields),
  wrong: /Invalid (password|username)|Failed to authenticate/i,
  denied: /Permission denied/i,
  refused: /redirect URI|Redirect URI|invalid/i,
  signOut: async (page, site) => {
    await page.goto(`https://${site}${outpost}/sign_out`);
    await page.goto(`https://${domain}/flows/-/default/invalidation/`);
    await page.waitForLoadState("networkidle");
  },
  guardCookie: /^authentik_proxy/,
  start: (site, back) => `https://${site}${outpost}/start?rd=${encodeURIComponent(back)}`,
  callback: (site) => `https://${site}${outpost}/callback`,
};
