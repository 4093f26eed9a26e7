// Authorization code with PKCE, as a page without a server of its own does it. What happened is
// in #state: "signed out", "signed in" or "failed: ...".

const element = (id) => document.getElementById(id);
const encode = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
const random = () => encode(crypto.getRandomValues(new Uint8Array(32)));
const show = (id, value) => (element(id).textContent = JSON.stringify(value, null, 2));

async function json(what, url, options) {
  const response = await fetch(url, options);
  const body = await response.json();
  if (!response.ok) throw new Error(`${what}: ${body.error ?? response.status}`);
  return body;
}

async function signIn(settings, provider) {
  const attempt = { state: random(), nonce: random(), verifier: random() };
  sessionStorage.setItem("attempt", JSON.stringify(attempt));
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(attempt.verifier));
  const query = new URLSearchParams({
    response_type: "code",
    client_id: settings.clientId,
    redirect_uri: settings.redirectUri,
    scope: settings.scopes.join(" "),
    state: attempt.state,
    nonce: attempt.nonce,
    code_challenge: encode(hash),
    code_challenge_method: "S256",
  });
  location.assign(`${provider.authorization_endpoint}?${query}`);
}

/** Changes a code for tokens. The browser itself asks the provider, so its CORS rules apply. */
async function redeem(settings, provider, answer) {
  const attempt = JSON.parse(sessionStorage.getItem("attempt") ?? "{}");
  sessionStorage.removeItem("attempt");
  history.replaceState(undefined, "", location.pathname);
  if (answer.get("error")) throw new Error(answer.get("error"));
  if (answer.get("state") !== attempt.state) throw new Error("the state is another one");
  const tokens = await json("token", provider.token_endpoint, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: settings.clientId,
      redirect_uri: settings.redirectUri,
      code: answer.get("code"),
      code_verifier: attempt.verifier,
    }),
  });
  const payload = tokens.id_token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
  const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
  const claims = JSON.parse(new TextDecoder().decode(bytes));
  if (claims.nonce !== attempt.nonce) throw new Error("the nonce is another one");
  const authorization = `Bearer ${tokens.access_token}`;
  const user = await json("userinfo", provider.userinfo_endpoint, { headers: { authorization } });
  show("id-token", claims);
  show("user-info", user);
  return tokens.id_token;
}

function signOut(settings, provider, idToken) {
  const query = new URLSearchParams({
    client_id: settings.clientId,
    id_token_hint: idToken,
    post_logout_redirect_uri: settings.redirectUri,
  });
  location.assign(`${provider.end_session_endpoint}?${query}`);
}

function offer(button, action) {
  element(button).hidden = false;
  element(button).onclick = () => void action();
}

async function main() {
  const settings = await json("settings", "settings.json");
  const issuer = settings.issuer.replace(/\/$/, "");
  const provider = await json("discovery", `${issuer}/.well-known/openid-configuration`);
  offer("sign-in", () => signIn(settings, provider));
  const answer = new URLSearchParams(location.search);
  if (!answer.has("code") && !answer.has("error")) return "signed out";
  const idToken = await redeem(settings, provider, answer);
  offer("sign-out", () => signOut(settings, provider, idToken));
  return "signed in";
}

main()
  .catch((error) => `failed: ${error.message}`)
  .then((state) => (element("state").textContent = state));
