import assert from "node:assert/strict";
import { it } from "mocha";
import { people, type SignOnLab, sites } from "../signOnLab";

const graph = `https://${sites.prometheus}/classic/graph?g0.expr=up%7Bjob%3D%22a%26b%22%7D&g0.tab=1`;
const unread = /^https:\/\/miniflux\.nixmox\.lan\/unread/;
const minifluxSignIn = `https://${sites.miniflux}/oauth2/oidc/redirect`;

/** Who is let in, who is not, and where they come out. */
export function describeSignIn(lab: () => SignOnLab): void {
  it("sends an anonymous visitor of a guarded page to sign in, and back to that page", async () => {
    const visitor = await lab().visitor();
    await visitor.visit(graph);
    await lab().pages.asks(visitor.page);
    assert.equal(new URL(visitor.page.url()).hostname, lab().pages.domain);
    await lab().picture(visitor, `sign-in-${lab().pages.kind}`);
    await visitor.enter(people.anna);
    await visitor.arrives(graph);
    assert.match(await visitor.page.title(), /Prometheus/);
    await lab().picture(visitor, "prometheus");
  });

  it("sends an anonymous visitor of a service with OIDC to sign in, and back to its page", async () => {
    const visitor = await lab().visitor();
    await visitor.visit(`https://${sites.git}/user/settings/account?from=test`);
    assert.match(new URL(visitor.page.url()).pathname, /^\/user\/login/);
    await visitor.page.click("a[href*='/user/oauth2/']");
    await visitor.enter(people.anna);
    await visitor.arrives(`https://${sites.git}/user/settings/account?from=test`);
  });

  it("lets a member of an allowed group in to Miniflux", async () => {
    const visitor = await lab().visitor();
    await visitor.visit(`https://${sites.miniflux}/`);
    await visitor.page.click("a[href*='/oauth2/oidc/redirect']");
    await visitor.enter(people.bob);
    await visitor.arrives(unread);
    assert.match(await visitor.page.title(), /Unread/);
    await lab().picture(visitor, "miniflux");
  });

  it("refuses a user of no allowed group at a service with OIDC, before it hears of them", async () => {
    const visitor = await lab().visitor();
    const codes: string[] = [];
    visitor.page.on("request", (request) => {
      if (/miniflux\.nixmox\.lan\/.*[?&]code=/.test(request.url())) codes.push(request.url());
    });
    await visitor.signIn(minifluxSignIn, people.eve);
    await visitor.reads(lab().pages.denied);
    assert.deepEqual(codes, []);
    await visitor.visit(`https://${sites.miniflux}/unread`);
    assert.match(await visitor.text(), /OpenID|Sign in/i);
    const rows = await lab().sql("miniflux", "SELECT count(*) FROM users WHERE username = 'eve'");
    assert.equal(rows, "0");
  });

  it("refuses a member of another group at a guarded site with a page, and passes nothing on", async () => {
    const visitor = await lab().visitor();
    const reached = await lab().upstream.during(async () => {
      await visitor.signIn(`https://${sites.ops}/secret`, people.bob);
      await visitor.reads(lab().pages.denied);
    });
    assert.deepEqual(reached, []);
    await lab().picture(visitor, "refused");
    await visitor.visit(`https://${sites.prometheus}/classic/graph`);
    await visitor.reads(lab().pages.denied);
  });

  it("refuses a wrong password, and says the same of a user that does not exist", async () => {
    const visitor = await lab().visitor();
    await visitor.visit(`https://${sites.echo}/`);
    await visitor.enter(people.anna, "not the password");
    await visitor.reads(lab().pages.wrong);
    const known = (await visitor.text()).replace(people.anna, "");
    await visitor.enter("nobody", "not the password");
    await visitor.reads(lab().pages.wrong);
    assert.equal((await visitor.text()).replace("nobody", ""), known);
    const reached = await lab().upstream.during(() => visitor.visit(`https://${sites.echo}/`));
    assert.deepEqual(reached, []);
  });

  it("takes one user's password for no other user", async () => {
    const visitor = await lab().visitor();
    await visitor.visit(`https://${sites.echo}/`);
    await visitor.enter(people.anna, lab().password(people.bob));
    await visitor.reads(lab().pages.wrong);
  });

  it("asks once for several services in one browser", async () => {
    const visitor = await lab().visitor();
    await visitor.signIn(minifluxSignIn, people.anna);
    await visitor.arrives(unread);
    for (const url of [graph, `https://${sites.alertmanager}/`, `https://${sites.echo}/once?a=b`]) {
      await visitor.visit(url);
      assert.equal(visitor.page.url().replace(/#.*$/, ""), url);
    }
    await visitor.visit(`https://${sites.git}/user/login`);
    await visitor.page.click("a[href*='/user/oauth2/']");
    await visitor.arrives(/^https:\/\/git\.nixmox\.lan\/(?!user\/)/);
  });
}
