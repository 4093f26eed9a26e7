import assert from "node:assert/strict";
import { createPublicKey, verify, type JsonWebKey } from "node:crypto";
import { after, before, beforeEach, describe, it } from "mocha";
import type { JsonObject } from "../../../../lab/authentik/model";
import { CALLBACK, defaults, openIdClient, person } from "./setup";
import { AUTHENTIK, Browser, send, startStandIn, type StandIn } from "./standIn";
import { textOf } from "../../../../lab/authentik/json";

const ISSUER = `${AUTHENTIK}/application/o/feeds/`;

describe("the lab's Authentik as an OpenID provider", () => {
  let standIn: StandIn;
  let readers: JsonObject;
  let browser: Browser;

  before(async () => {
    standIn = await startStandIn();
    readers = await standIn.create("/core/groups/", { name: "readers" });
    await person(standIn, "anna", [readers]);
    await person(standIn, "otto");
    await openIdClient(standIn, "feeds", {}, [readers]);
  });
  after(() => standIn.close());
  beforeEach(() => (browser = new Browser(standIn.port)));

  const authorize = (own: Record<string, string> = {}) =>
    `${AUTHENTIK}/application/o/authorize/?${String(
      new URLSearchParams({
        client_id: "feeds",
        redirect_uri: CALLBACK,
        response_type: "code",
        scope: "openid email profile",
        state: "state",
        nonce: "nonce",
        ...own,
      }),
    )}`;

  const token = async (fields: Record<string, string>, headers: Record<string, string> = {}) => {
    const body = String(new URLSearchParams(fields));
    const type = { "content-type": "application/x-www-form-urlencoded" };
    const url = new URL("/application/o/token/", AUTHENTIK);
    const answer = await send(standIn.port, "POST", url, { ...type, ...headers }, body);
    return { status: answer.status, body: JSON.parse(answer.text) as Record<string, string> };
  };

  const secret = {
    client_id: "feeds",
    client_secret: "secret of feeds, which is long enough",
  };

  /** The tokens that a sign-in with a name and password leads to. */
  const signIn = async (username: string, own: Record<string, string> = {}) => {
    await browser.open(authorize(own));
    await browser.signIn(username, `password of ${username}`);
    assert.equal(browser.url.origin + browser.url.pathname, CALLBACK, browser.url.href);
    assert.equal(browser.url.searchParams.get("state"), "state");
    const code = browser.url.searchParams.get("code")!;
    const { status, body } = await token({
      grant_type: "authorization_code",
      code,
      redirect_uri: CALLBACK,
      ...secret,
    });
    assert.equal(status, 200, JSON.stringify(body));
    return body;
  };

  const get = async (path: string, headers: Record<string, string> = {}) => {
    const { status, text } = await send(standIn.port, "GET", new URL(path, AUTHENTIK), headers);
    return { status, body: text ? (JSON.parse(text) as Record<string, unknown>) : {} };
  };

  it("describes each application as an issuer of its own", async () => {
    const { body } = await get("/application/o/feeds/.well-known/openid-configuration");
    assert.equal(body.issuer, ISSUER);
    assert.equal(body.authorization_endpoint, `${AUTHENTIK}/application/o/authorize/`);
    assert.equal(body.token_endpoint, `${AUTHENTIK}/application/o/token/`);
    assert.equal(body.userinfo_endpoint, `${AUTHENTIK}/application/o/userinfo/`);
    assert.equal(body.end_session_endpoint, `${ISSUER}end-session/`);
    assert.equal(body.jwks_uri, `${ISSUER}jwks/`);
  });

  it("signs in a user, and says who they are in signed tokens", async () => {
    const { id_token, access_token } = await signIn("anna");
    const [head, payload, signature] = id_token!.split(".");
    const json = (part: string) =>
      JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;
    const claims = json(payload!);
    assert.equal(claims.iss, ISSUER);
    assert.equal(claims.aud, "feeds");
    assert.equal(claims.nonce, "nonce");
    assert.equal(claims.preferred_username, "anna");
    assert.equal(claims.email, "anna@home.example");
    assert.deepEqual(claims.groups, ["readers"]);
    const user = await standIn.one("/core/users/?username=anna");
    assert.equal(claims.sub, user.uid);

    const { kid } = json(head!);
    const { body } = await get("/application/o/feeds/jwks/");
    const jwk = (body.keys as (JsonWebKey & { kid: string })[]).find((key) => key.kid === kid)!;
    assert.equal("d" in jwk, false);
    const key = createPublicKey({ key: jwk, format: "jwk" });
    const signed = Buffer.from(`${head}.${payload}`);
    assert.ok(verify("sha256", signed, key, Buffer.from(signature!, "base64url")));

    const bearer = { authorization: `Bearer ${access_token}` };
    const { body: info } = await get("/application/o/userinfo/", bearer);
    assert.deepEqual([info.sub, info.email], [user.uid, "anna@home.example"]);
  });

  it("keeps claims of scopes that were not asked for to itself", async () => {
    const { id_token } = await signIn("anna", { scope: "openid email unknown" });
    const payload = Buffer.from(id_token!.split(".")[1]!, "base64url").toString();
    assert.match(payload, /anna@home\.example/);
    assert.doesNotMatch(payload, /groups|preferred_username/);
  });

  it("says that a password is wrong", async () => {
    await browser.open(authorize());
    const { text } = await browser.signIn("anna", "guess");
    assert.match(text, /Invalid password/);
    assert.match(text, /stand-in for authentik/);
    assert.equal(browser.url.pathname, "/if/flow/default-authentication-flow/");
  });

  it("refuses a user who is in no group that may enter", async () => {
    await browser.open(authorize());
    const { text } = await browser.signIn("otto", "password of otto");
    assert.match(text, /Permission denied/);
    assert.equal(browser.url.searchParams.has("code"), false);
  });

  it("asks for no password twice, until one has logged out", async () => {
    await signIn("anna");
    await browser.open(authorize());
    assert.equal(browser.url.origin + browser.url.pathname, CALLBACK);
    await browser.open(`${ISSUER}end-session/`);
    await browser.open(authorize());
    assert.equal(browser.url.pathname, "/if/flow/default-authentication-flow/");
  });

  it("asks for the password again where the client wants it", async () => {
    await signIn("anna");
    await browser.open(authorize({ prompt: "login" }));
    assert.equal(browser.url.pathname, "/if/flow/default-authentication-flow/");
    await browser.signIn("anna", "password of anna");
    assert.equal(browser.url.origin + browser.url.pathname, CALLBACK, browser.url.href);
  });

  it("tells a client that asks silently that no one is signed in", async () => {
    await browser.open(authorize({ prompt: "none" }));
    assert.equal(browser.url.searchParams.get("error"), "login_required");
  });

  it("returns to no address but those it knows", async () => {
    for (const redirect_uri of [`${CALLBACK}/`, "https://client.evil.example/callback", ""]) {
      const { status, text } = await browser.open(authorize({ redirect_uri }));
      assert.deepEqual([status, /Redirect URI Error/.test(text)], [400, true], redirect_uri);
    }
    const { text } = await browser.open(authorize({ client_id: "nobody" }));
    assert.match(text, /Client ID Error/);
  });

  it("takes the client's secret in the body or by HTTP's own way, and no other", async () => {
    for (const how of ["body", "basic", "wrong"] as const) {
      browser = new Browser(standIn.port);
      await browser.open(authorize());
      await browser.signIn("anna", "password of anna");
      const code = browser.url.searchParams.get("code")!;
      const grant = { grant_type: "authorization_code", code, redirect_uri: CALLBACK };
      const credentials = Object.values(secret).map(encodeURIComponent).join(":");
      const basic = { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` };
      const answer =
        how === "basic"
          ? await token(grant, basic)
          : await token({ ...grant, ...secret, ...(how === "wrong" && { client_secret: "no" }) });
      assert.equal(answer.status, how === "wrong" ? 401 : 200, how);
    }
  });

  it("gives long-lived tokens to those who ask for them", async () => {
    const { refresh_token } = await signIn("anna", { scope: "openid offline_access" });
    const { status, body } = await token({
      grant_type: "refresh_token",
      ...secret,
      refresh_token: refresh_token!,
    });
    assert.equal(status, 200, JSON.stringify(body));
    assert.ok(body.access_token);
    assert.equal((await signIn("anna")).refresh_token, undefined);
  });

  it("signs in to clients that cannot have long-lived tokens", async () => {
    const { scopes } = await defaults(standIn);
    await openIdClient(standIn, "short", { property_mappings: (scopes as string[]).slice(0, 3) });
    await browser.open(authorize({ client_id: "short" }));
    await browser.signIn("anna", "password of anna");
    assert.ok(browser.url.searchParams.get("code"), browser.url.href);
  });

  it("lets public clients prove themselves by PKCE", async () => {
    await openIdClient(standIn, "phone", { client_type: "public" });
    await browser.open(
      authorize({
        client_id: "phone",
        code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        code_challenge_method: "S256",
      }),
    );
    await browser.signIn("otto", "password of otto");
    const code = browser.url.searchParams.get("code")!;
    const grant = {
      grant_type: "authorization_code",
      client_id: "phone",
      code,
      redirect_uri: CALLBACK,
    };
    const wrong = await token({ ...grant, code_verifier: "w".repeat(43) });
    assert.equal(wrong.body.error, "invalid_grant");
    await browser.open(
      authorize({
        client_id: "phone",
        code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        code_challenge_method: "S256",
      }),
    );
    const code_verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const right = await token({
      ...grant,
      code: browser.url.searchParams.get("code")!,
      code_verifier,
    });
    assert.equal(right.status, 200, JSON.stringify(right.body));
  });

  it("evaluates the mappings that a provider has, and names the user as it says", async () => {
    const mapping = await standIn.create("/propertymappings/provider/scope/", {
      name: "roles",
      scope_name: "roles",
      expression:
        'return {"role": "admin" if ak_is_group_member(request.user, name="readers") else "user"}',
    });
    const { scopes } = await defaults(standIn);
    await openIdClient(standIn, "roles", {
      property_mappings: [...(scopes as string[]), mapping.pk!],
      sub_mode: "user_username",
    });
    const own = { client_id: "roles", scope: "openid roles" };
    await browser.open(authorize(own));
    await browser.signIn("anna", "password of anna");
    const { body } = await token({
      grant_type: "authorization_code",
      code: browser.url.searchParams.get("code")!,
      redirect_uri: CALLBACK,
      client_id: "roles",
      client_secret: "secret of roles, which is long enough",
    });
    const claims = JSON.parse(
      Buffer.from(body.id_token!.split(".")[1]!, "base64url").toString(),
    ) as Record<string, unknown>;
    assert.deepEqual([claims.role, claims.sub], ["admin", "anna"]);
  });

  it("asks for consent where the flow says so", async () => {
    const flow = await standIn.one(
      "/flows/instances/?slug=default-provider-authorization-explicit-consent",
    );
    await openIdClient(standIn, "careful", { authorization_flow: flow.pk! });
    await browser.open(authorize({ client_id: "careful" }));
    const { text } = await browser.signIn("anna", "password of anna");
    assert.match(text, /Redirecting to careful/);
    await browser.submit({});
    assert.equal(browser.url.origin + browser.url.pathname, CALLBACK, browser.url.href);
  });

  it("knows nothing of a user who is gone", async () => {
    const user = await person(standIn, "eve", [readers]);
    const { access_token } = await signIn("eve");
    const bearer = { authorization: `Bearer ${access_token}` };
    assert.equal((await get("/application/o/userinfo/", bearer)).status, 200);
    await standIn.api("DELETE", `/core/users/${textOf(user.pk)}/`);
    assert.equal((await get("/application/o/userinfo/", bearer)).status, 401);
    await browser.open(authorize());
    assert.equal(browser.url.pathname, "/if/flow/default-authentication-flow/");
  });
});
