import assert from "node:assert/strict";
import { it } from "mocha";
import { OidcClient } from "../oidc";
import { publicClientUrl } from "../publicClient";
import { people, type SignOnLab, sites } from "../signOnLab";

const page = publicClientUrl;
const noTokens = (body: string) => assert.doesNotMatch(body, /access_token|id_token/);

/** What a client may ask of the provider, and what nobody may. */
export function describeClients(lab: () => SignOnLab): void {
  const spa = () => new OidcClient(lab(), lab().client("spa"));
  const miniflux = () =>
    new OidcClient(lab(), lab().client("miniflux"), lab().secret("miniflux", "client-secret"));

  it("sends nobody to a redirect URI that is not registered", async () => {
    const visitor = await lab().visitor();
    await visitor.signIn(`https://${sites.echo}/`, people.anna);
    await visitor.arrives(`https://${sites.echo}/`);
    const client = miniflux();
    const [own] = client.spec.redirect_uris;
    const { urls } = await visitor.catch(
      (url) => url.hostname !== lab().pages.domain && /[?&#](code|state)=/.test(url.href),
    );
    for (const redirect_uri of [
      "https://evil.example/",
      `${own}/`,
      `${own}/more`,
      `${own}?more=1`,
      `${own}/../elsewhere`,
      `${own}%2f..%2felsewhere`,
      own!.toUpperCase(),
      own!.replace("https:", "http:"),
      own!.replace("nixmox.lan", "nixmox.lan.evil.example"),
      own!.replace("miniflux.", "evil.example@miniflux."),
      own!.replace("miniflux.", "miniflux:1@evil.example/miniflux."),
      own!.replace(".lan/", ".lan:8443/"),
      own!.replace("miniflux.", "miniflux-"),
      page,
      `https://${sites.echo}/`,
      "javascript:alert(1)",
      "",
    ]) {
      const url = await client.authorizationUrl({ redirect_uri });
      await visitor.visit(url).catch(() => undefined);
      assert.deepEqual(urls, [], redirect_uri);
      await visitor.reads(lab().pages.refused);
    }
    // The registered one still works in the same browser.
    await visitor.visit(await client.authorizationUrl()).catch(() => undefined);
    assert.equal(urls.length, 1);
  });

  it("signs users in to a page that is a public client, and out again", async () => {
    const visitor = await lab().visitor();
    await visitor.visit(page);
    await visitor.page.click("#sign-in");
    await visitor.enter(people.eve);
    await visitor.reads(/signed in/);
    assert.equal(visitor.page.url(), page);
    const shown = async (id: string) =>
      JSON.parse(await visitor.page.locator(id).innerText()) as Record<string, unknown>;
    const [claims, user] = [await shown("#id-token"), await shown("#user-info")];
    assert.equal(claims.aud, spa().spec.client_id);
    assert.deepEqual([claims.preferred_username, user.sub], [people.eve, claims.sub]);
    await visitor.page.click("#sign-out");
    await visitor.page.waitForLoadState("networkidle");
    await visitor.visit(page);
    await visitor.page.click("#sign-in");
    await lab().pages.asks(visitor.page);
  });

  it("signs nobody in there with an answer that another browser asked for, or had before", async () => {
    const [attacker, victim] = [await lab().visitor(), await lab().visitor()];
    await attacker.visit(page);
    await attacker.page.click("#sign-in");
    const caught = await attacker.catch(({ href }) => href.startsWith(`${page}?`));
    await attacker.enter(people.eve);
    await attacker.reads(/caught/);
    await caught.release();
    const { href } = caught.urls[0]!;
    await victim.visit(href);
    await victim.reads(/failed: the state is another one/);
    await attacker.visit(href);
    await attacker.reads(/signed in/);
    await attacker.visit(href);
    await attacker.reads(/failed: the state is another one/);
  });

  it("gives a public client no tokens without its verifier, or with another one", async () => {
    for (const code_verifier of [undefined, "", "a".repeat(43), "plain"]) {
      const client = spa();
      const code = await client.code(await lab().visitor(), people.anna);
      const { status, body } = await client.exchange(code, { code_verifier });
      assert.ok(status >= 400 && status < 500, `${status} ${body}`);
      noTokens(body);
      await lab().visitor();
    }
  });

  it("gives a public client no code without a challenge, if the provider can require it", async () => {
    const client = spa();
    const changes = { code_challenge: undefined, code_challenge_method: undefined };
    const visitor = await lab().visitor();
    await visitor.signIn(`https://${sites.echo}/`, people.anna);
    await visitor.arrives(`https://${sites.echo}/`);
    const landed = await client.authorize(visitor, people.anna, changes).catch(() => undefined);
    const code = landed?.searchParams.get("code");
    if (code === null || code === undefined) return;
    // Authentik cannot require it: then a code from elsewhere must not fit a verifier.
    const { body } = await client.exchange(code);
    noTokens(body);
  });

  it("gives a confidential client no tokens without its secret, or with another one", async () => {
    const client = miniflux();
    for (const client_secret of [
      undefined,
      "",
      "wrong",
      lab().secret("forgejo", "client-secret"),
    ]) {
      const code = await client.code(await lab().visitor(), people.anna);
      const { status, body } = await client.exchange(code, { client_secret });
      assert.ok(status >= 400 && status < 500, `${status} ${body}`);
      noTokens(body);
    }
    const code = await client.code(await lab().visitor(), people.anna);
    assert.equal((await client.exchange(code)).status, 200, "the right one is refused, too");
  });

  it("takes a code once, for the client and the address that it was made for", async () => {
    const visitor = await lab().visitor();
    const client = spa();
    const others = miniflux();
    const foreign = await client.code(visitor, people.anna);
    const taken = await others.exchange(foreign, {
      redirect_uri: client.spec.redirect_uris[0],
      code_verifier: client.verifier,
    });
    noTokens(taken.body);
    const moved = await client.code(visitor, people.anna);
    noTokens((await client.exchange(moved, { redirect_uri: `${page}other` })).body);
    const code = await client.code(visitor, people.anna);
    await client.tokens(code);
    noTokens((await client.exchange(code)).body);
  });

  it("gives no tokens for a password or from the address line", async () => {
    const client = spa();
    const { token_endpoint } = await client.discovery();
    for (const client_id of [client.spec.client_id, miniflux().spec.client_id]) {
      const { status, body } = await lab().wire.post(token_endpoint, {
        grant_type: "password",
        client_id,
        client_secret: lab().secret("miniflux", "client-secret"),
        username: people.anna,
        password: lab().password(people.anna),
        scope: "openid",
      });
      assert.ok(status >= 400, body);
      noTokens(body);
    }
    const visitor = await lab().visitor();
    await visitor.signIn(`https://${sites.echo}/`, people.anna);
    await visitor.arrives(`https://${sites.echo}/`);
    await visitor.catch(({ hostname }) => hostname === sites.spa);
    for (const response_type of ["token", "id_token token", "id_token"]) {
      await visitor.visit(await client.authorizationUrl({ response_type }));
      noTokens(visitor.page.url());
    }
  });

  it("signs nobody in to Miniflux with an answer that another browser asked for", async () => {
    const [attacker, victim] = [await lab().visitor(), await lab().visitor()];
    const caught = await attacker.catch(({ pathname }) => pathname === "/oauth2/oidc/callback");
    await attacker.signIn(`https://${sites.miniflux}/oauth2/oidc/redirect`, people.bob);
    await attacker.reads(/caught/);
    await caught.release();
    const callback = caught.urls[0]!.href;
    await victim.visit(`https://${sites.miniflux}/`);
    await victim.visit(callback);
    assert.doesNotMatch(new URL(victim.page.url()).pathname, /unread/);
    await victim.visit(`https://${sites.miniflux}/unread`);
    assert.equal(new URL(victim.page.url()).pathname, "/");
    // Its own browser is let in by it.
    await attacker.visit(callback);
    await attacker.arrives(/miniflux\.nixmox\.lan\/unread/);
  });

  it("asks nobody for a silent sign-in, and gives none to a stranger", async () => {
    const client = spa();
    const visitor = await lab().visitor();
    const landed = await client.authorize(visitor, people.anna, { prompt: "none" });
    assert.equal(landed.searchParams.get("code"), null);
    assert.match(landed.searchParams.get("error") ?? "", /login_required|interaction_required/);
  });
}
