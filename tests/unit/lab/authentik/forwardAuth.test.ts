import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "mocha";
import type { JsonObject } from "../../../../lab/authentik/model";
import { application, defaults, person } from "./setup";
import { AUTHENTIK, Browser, send, startStandIn, type StandIn } from "./standIn";
import { textOf } from "../../../../lab/authentik/json";

const GRAPHS = "https://graphs.home.example/";

describe("the lab's Authentik as a guard of routes", () => {
  let standIn: StandIn;
  let operators: JsonObject;
  let anna: JsonObject;
  let browser: Browser;

  before(async () => {
    standIn = await startStandIn();
    operators = await standIn.create("/core/groups/", { name: "operators" });
    anna = await person(standIn, "anna", [operators]);
    await person(standIn, "otto");
    const graphs = await guard("graphs", { access_token_validity: "seconds=2" }, [operators]);
    const wiki = await guard("wiki", { skip_path_regex: "^/health$\n^/public/" });
    await guard("loose");
    const query = "managed__iexact=goauthentik.io%2Foutposts%2Fembedded";
    const outpost = await standIn.one(`/outposts/instances/?${query}`);
    const { status } = await standIn.api("PATCH", `/outposts/instances/${textOf(outpost.pk)}/`, {
      providers: [graphs.pk, wiki.pk],
      config: { ...(outpost.config as object), authentik_host: AUTHENTIK },
    });
    assert.equal(status, 200);
  });
  after(() => standIn.close());
  beforeEach(() => {
    browser = new Browser(standIn.port);
    for (const name of ["graphs", "wiki"]) browser.guarded.add(`${name}.home.example`);
  });

  async function guard(name: string, own: JsonObject = {}, groups: JsonObject[] = []) {
    const { authorization_flow, invalidation_flow } = await defaults(standIn);
    const provider = await standIn.create("/providers/proxy/", {
      name: `${name}-guard`,
      external_host: `https://${name}.home.example`,
      mode: "forward_single",
      authorization_flow,
      invalidation_flow,
      ...own,
    });
    await application(standIn, name, provider, groups);
    return provider;
  }

  const ask = (host: string, uri: string, headers: Record<string, string> = {}) =>
    send(standIn.port, "GET", new URL(`https://${host}/outpost.goauthentik.io/auth/caddy`), {
      "x-forwarded-uri": uri,
      ...headers,
    });

  it("lets in who signs in, and says who they are", async () => {
    await browser.open(`${GRAPHS}graph?g0=up`);
    assert.equal(browser.url.host, "auth.home.example");
    const { status, headers } = await browser.signIn("anna", "password of anna");
    assert.deepEqual([status, browser.url.href], [200, `${GRAPHS}graph?g0=up`]);
    assert.equal(headers["x-authentik-username"], "anna");
    assert.equal(headers["x-authentik-groups"], "operators");
    assert.equal(headers["x-authentik-email"], "anna@home.example");
    assert.equal(headers["x-authentik-name"], "anna Example");
    assert.equal(headers["x-authentik-uid"], anna.uid);
  });

  it("does not let in a member of no allowed group", async () => {
    await browser.open(GRAPHS);
    const { text } = await browser.signIn("otto", "password of otto");
    assert.match(text, /Permission denied/);
    await browser.open(GRAPHS);
    assert.equal(browser.url.host, "auth.home.example");
  });

  it("asks for the groups again when its own session ends", async () => {
    await browser.open(GRAPHS);
    await browser.signIn("anna", "password of anna");
    const group = `/core/groups/${textOf(operators.pk)}`;
    await standIn.api("POST", `${group}/remove_user/`, { pk: anna.pk });
    assert.equal((await browser.open(GRAPHS)).headers["x-authentik-username"], "anna");
    await new Promise((resolve) => setTimeout(resolve, 2100));
    assert.match((await browser.open(GRAPHS)).text, /Permission denied/);
    await standIn.api("POST", `${group}/add_user/`, { pk: anna.pk });
    assert.equal((await browser.open(GRAPHS)).headers["x-authentik-username"], "anna");
  });

  it("leaves public paths open, and no others", async () => {
    const status = async (uri: string) => (await ask("wiki.home.example", uri)).status;
    assert.deepEqual(
      await Promise.all(["/health", "/public/a?b", "/healthy", "/", "/x/health"].map(status)),
      [200, 200, 302, 302, 302],
    );
    const { headers } = await ask("wiki.home.example", "/health");
    assert.equal(headers["x-authentik-username"], undefined);
  });

  it("knows only the providers of its outpost, by the name that was asked for", async () => {
    for (const host of ["loose.home.example", "unknown.home.example"]) {
      assert.equal((await ask(host, "/")).status, 404, host);
    }
  });

  it("takes one application's session for no other", async () => {
    await browser.open(GRAPHS);
    await browser.signIn("anna", "password of anna");
    const [graphs] = browser.cookieNames.filter((name) => name.startsWith("authentik_proxy_"));
    await browser.open("https://wiki.home.example/");
    const names = browser.cookieNames.filter((name) => name.startsWith("authentik_proxy_"));
    assert.equal(new Set(names).size, 2);
    const { headers } = await ask("wiki.home.example", "/", { cookie: `${graphs}=any` });
    assert.match(String(headers.location), /^https:\/\/auth\.home\.example\//);
  });

  it("completes a sign-in only in the browser that began it", async () => {
    const { headers } = await ask("graphs.home.example", "/");
    const { searchParams } = new URL(String(headers.location));
    const state = searchParams.get("state")!;
    await browser.open(String(headers.location));
    const { status } = await browser.signIn("anna", "password of anna");
    assert.equal(status, 400, state);
  });

  it("forgets who has logged out", async () => {
    await browser.open("https://wiki.home.example/");
    await browser.signIn("anna", "password of anna");
    await browser.open("https://wiki.home.example/outpost.goauthentik.io/sign_out");
    await browser.open("https://wiki.home.example/");
    assert.equal(browser.url.pathname, "/if/flow/default-authentication-flow/");
  });

  it("believes the headers of trusted proxies only", async () => {
    const strict = await startStandIn({ AUTHENTIK_LISTEN__TRUSTED_PROXY_CIDRS: "10.9.9.9/32" });
    try {
      const url = new URL("/if/user/", AUTHENTIK);
      const { headers } = await send(strict.port, "GET", url, { host: "direct.example" });
      assert.match(String(headers.location), /^\/if\/flow\//);
      const config = await send(
        strict.port,
        "GET",
        new URL("https://graphs.home.example/outpost.goauthentik.io/auth/caddy"),
        { host: "direct.example" },
      );
      assert.equal(config.status, 404);
      assert.match(strict.log.join(), /for direct\.example/);
    } finally {
      await strict.close();
    }
  });
});
