import assert from "node:assert/strict";
import { it } from "mocha";
import { people, type SignOnLab, sites } from "../signOnLab";

/** Pages of someone else, in spellings that some take for one of ours. */
const elsewhere = [
  "https://evil.example/",
  "//evil.example/",
  "/\\evil.example/",
  "/\t/evil.example/",
  "https:evil.example/",
  `https://${sites.echo}@evil.example/`,
  `https://${sites.echo}.evil.example/`,
  `https://evil.example\\.${sites.echo}/`,
];

/** How a sign-in ends, and what it is worth to anyone else. */
export function describeSessions(lab: () => SignOnLab): void {
  const echo = (path = "/") => `https://${sites.echo}${path}`;

  it("ends at the guard and at the provider when the user signs out", async () => {
    const visitor = await lab().visitor();
    await visitor.signIn(echo("/before"), people.bob);
    await visitor.arrives(echo("/before"));
    const cookie = await visitor.cookie(echo());
    await lab().pages.signOut(visitor.page, sites.echo);
    const reached = await lab().upstream.during(() => visitor.visit(echo("/after")));
    assert.deepEqual(reached, []);
    await lab().pages.asks(visitor.page);
    // And no service lets the same browser in by the provider's session.
    await visitor.visit(`https://${sites.miniflux}/oauth2/oidc/redirect`);
    await lab().pages.asks(visitor.page);
    const kept = (await visitor.cookie(echo()))[1];
    assert.notEqual(kept, cookie[1], "no cookie was removed");
  });

  it("asks again once the session has expired", async () => {
    const visitor = await lab().visitor();
    await visitor.signIn(echo("/before"), people.bob);
    await visitor.arrives(echo("/before"));
    await visitor.forget();
    const reached = await lab().upstream.during(() => visitor.visit(echo("/after?a=b")));
    assert.deepEqual(reached, []);
    await visitor.enter(people.bob);
    await visitor.arrives(echo("/after?a=b"));
  });

  it("renews what expired at the guard by the provider's session, without asking", async () => {
    const visitor = await lab().visitor();
    await visitor.signIn(echo(), people.bob);
    await visitor.arrives(echo());
    await visitor.forget(lab().pages.guardCookie);
    await visitor.visit(echo("/renewed?a=b"));
    await visitor.arrives(echo("/renewed?a=b"));
  });

  it("passes no form on after expiry, and passes it whole before", async () => {
    const visitor = await lab().visitor();
    await visitor.signIn(echo(), people.bob);
    await visitor.arrives(echo());
    const send = () =>
      visitor.page.evaluate(async () => {
        const answer = await fetch("/form", { method: "POST", body: "a=1", redirect: "manual" });
        return answer.status;
      });
    const [before] = await lab().upstream.during(send);
    assert.deepEqual([before?.method, before?.path, before?.body], ["POST", "/form", "a=1"]);
    await visitor.forget();
    const after = await lab().upstream.during(async () => {
      assert.notEqual(await send(), 200);
    });
    assert.deepEqual(after, []);
  });

  it("takes a guard's cookie at no site that its user may not open", async () => {
    const visitor = await lab().visitor();
    await visitor.signIn(echo(), people.bob);
    await visitor.arrives(echo());
    const cookie = await visitor.cookie(echo());
    const { status } = await lab().wire.ask(echo("/own"), { headers: [cookie] });
    assert.equal(status, 200, "the cookie is worth nothing where it belongs");
    const reached = await lab().upstream.during(async () => {
      for (const site of [sites.ops, sites.prometheus, sites.alertmanager]) {
        const elsewhere = await lab().wire.ask(`https://${site}/`, { headers: [cookie] });
        assert.notEqual(elsewhere.status, 200, site);
      }
    });
    assert.deepEqual(reached, []);
  });

  it("takes no cookie that someone has changed", async () => {
    const visitor = await lab().visitor();
    await visitor.signIn(echo(), people.bob);
    await visitor.arrives(echo());
    const [name, value] = await visitor.cookie(echo());
    const { guardCookie } = lab().pages;
    const pairs = value.split("; ").filter((pair) => guardCookie.test(pair.split("=")[0]!));
    assert.ok(pairs.length > 0, value.replace(/=[^;]*/g, "=..."));
    const changed = [
      ...pairs.map((pair) => pair.slice(0, -8)),
      ...pairs.map((pair) => pair.replace(/=(.)/, (_, first) => `=${first === "A" ? "B" : "A"}`)),
      ...pairs.map((pair) => pair.replace(/=.*$/, "=bob")),
    ];
    for (const cookie of changed) {
      const { status } = await lab().wire.ask(echo(), { headers: [[name, cookie]] });
      assert.notEqual(status, 200);
    }
  });

  it("keeps cookies from scripts, plain HTTP and other sites", async () => {
    const visitor = await lab().visitor();
    await visitor.signIn(echo(), people.bob);
    await visitor.arrives(echo());
    const own = (await visitor.context.cookies()).filter(
      ({ name, expires }) => lab().pages.guardCookie.test(name) && expires !== 0,
    );
    assert.ok(own.length > 0);
    for (const { name, httpOnly, secure, sameSite } of own) {
      assert.deepEqual(
        { httpOnly, secure, sameSite },
        { httpOnly: true, secure: true, sameSite: "Lax" },
        name,
      );
    }
  });

  it("leads nobody to another site after signing in", async () => {
    const visitor = await lab().visitor();
    const away = await visitor.catch(({ hostname }) => !hostname.endsWith(".nixmox.lan"));
    await visitor.signIn(echo(), people.bob);
    await visitor.arrives(echo());
    for (const back of elsewhere) {
      await visitor.forget(lab().pages.guardCookie);
      await visitor.visit(lab().pages.start(sites.echo, back)).catch(() => undefined);
      assert.deepEqual(away.urls, [], back);
      await visitor.visit("about:blank").catch(() => undefined);
    }
    // It is not that coming back never works.
    await visitor.visit(lab().pages.start(sites.echo, echo("/own")));
    await visitor.arrives(echo("/own"));
  });
}
