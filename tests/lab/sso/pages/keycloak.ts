import { fillForm, type ProviderPages } from "./index";

const domain = "keycloak.nixmox.lan";
const fields = { user: "#username", password: "#password", submit: "#kc-login" };

/** Keycloak's sign-in page, and oauth2-proxy beside it, which guards sites. */
export const keycloak: ProviderPages = {
  kind: "keycloak",
  domain,
  asks: async (page) => {
    await page.waitForSelector(fields.password);
  },
  enter: (page, user, password) => fillForm(page, user, password, fields),
  accept: async (page, { url, user, password = "" }, chosen) => {
    await page.goto(url);
    await fillForm(page, user, password, fields);
    await page.fill("#password-new", chosen);
    await page.fill("#password-confirm", chosen);
    await page.click("[type=submit]");
    await page.waitForURL((own) => own.href.startsWith(url));
  },
  used: /Invalid username or password/,
  wrong: /Invalid username or password/,
  denied: /Access denied|none of your groups/,
  refused: /Invalid parameter: redirect_uri/,
  signOut: async (page) => {
    await page.goto(`https://${domain}/oauth2/sign_out`);
  },
  guardCookie: /^_?(__Host-|__Secure-)?_?oauth2_proxy(_\d+)?$/,
  start: (_, back) => `https://${domain}/oauth2/start?rd=${encodeURIComponent(back)}`,
  callback: () => `https://${domain}/oauth2/callback`,
};
