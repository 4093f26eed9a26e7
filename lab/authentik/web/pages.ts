import type { ServerResponse } from "node:http";

const STYLE = `
  body { font: 16px/1.5 system-ui, sans-serif; background: #18181b; color: #fafafa; margin: 0 }
  main { max-width: 26rem; margin: 12vh auto 2rem; padding: 2rem; background: #27272a; border-radius: .5rem }
  h1 { font-size: 1.4rem; margin: 0 0 1rem }
  label { display: block; margin: .75rem 0 .25rem }
  input { width: 100%; box-sizing: border-box; padding: .5rem; font: inherit }
  button { margin-top: 1.25rem; padding: .5rem 1.5rem; font: inherit; background: #fd4b2d; color: #fff; border: 0; border-radius: .25rem; cursor: pointer }
  a { color: #fd8a75 } .error { color: #ff9b9b } footer { text-align: center; color: #a1a1aa; font-size: .85rem }`;

export const escape = (text: string): string =>
  text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);

/** Sends a page. Each says that this is not Authentik itself. */
export function sendPage(
  response: ServerResponse,
  title: string,
  content: string,
  status = 200,
): void {
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escape(title)} - authentik</title><style>${STYLE}</style></head>
<body><main><h1>${escape(title)}</h1>
${content}
</main><footer>A stand-in for authentik, which only the lab runs.</footer></body></html>
`;
  response
    .writeHead(status, {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "content-security-policy":
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
      "x-frame-options": "DENY",
      "referrer-policy": "same-origin",
    })
    .end(html);
}

const problem = (error?: string): string =>
  error === undefined ? "" : `<p class="error" role="alert">${escape(error)}</p>`;

/** Where people sign in. */
export function loginPage(response: ServerResponse, username = "", error?: string): void {
  const form = `${problem(error)}<form method="post">
<label for="username">Email or Username</label>
<input id="username" name="uid_field" value="${escape(username)}" autocomplete="username" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button type="submit">Log in</button></form>`;
  sendPage(response, "Welcome to authentik!", form);
}

/** Where people choose a password. */
export function passwordPage(response: ServerResponse, username: string, error?: string): void {
  const form = `${problem(error)}<p>Choose a password for ${escape(username)}.</p><form method="post">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="new-password" required autofocus>
<label for="repeat">Password (repeat)</label>
<input id="repeat" name="password_repeat" type="password" autocomplete="new-password" required>
<button type="submit">Continue</button></form>`;
  sendPage(response, "Change password", form);
}

/** What a member of no allowed group sees. */
export function deniedPage(response: ServerResponse, username: string): void {
  const content = `<p>Request has been denied.</p>
<p>You are signed in as ${escape(username)}. <a href="/flows/-/default/invalidation/">Not you?</a></p>`;
  sendPage(response, "Permission denied", content);
}

/** What someone sees whose sign-in was sent here wrongly. */
export const errorPage = (response: ServerResponse, title: string, detail: string): void =>
  sendPage(response, title, `<p>${escape(detail)}</p>`, 400);

export interface AppLink {
  readonly name: string;
  readonly url: string | null;
}

/** The applications that a user may use. */
export function libraryPage(
  response: ServerResponse,
  username: string,
  apps: readonly AppLink[],
): void {
  const items = apps.map(({ name, url }) =>
    url === null
      ? `<li>${escape(name)}</li>`
      : `<li><a href="${escape(url)}">${escape(name)}</a></li>`,
  );
  const content = `<ul>${items.join("")}</ul>
<p>You are signed in as ${escape(username)}.</p>
<p><a href="/if/flow/default-password-change/">Change password</a> ·
<a href="/flows/-/default/invalidation/">Log out</a></p>`;
  sendPage(response, "My applications", content);
}
