import assert from "node:assert/strict";
import { it } from "mocha";
import { people, type SignOnLab, sites } from "../signOnLab";
import { valuesOf } from "../upstream";

/** Excepted by default, as in the system that this one follows. */
const excepted = ["/health", "/metrics", "/alive"];

/** Paths near an excepted one, as they go over the wire, which someone might take for it. */
const near = [
  "/",
  "/Health",
  "/HEALTH",
  "/health/",
  "/health/secret",
  "/healthy",
  "/health.json",
  "/health%2F",
  "/health%2fsecret",
  "/health%00",
  "/health%20",
  "/health;/secret",
  "/health;a=b",
  "/%68ealth/secret",
  "//health",
  "/health//",
  "//health/..//secret",
  "/./health",
  "/health/.",
  "/health/..",
  "/health/../secret",
  "/health/%2e%2e/secret",
  "/health/..%2fsecret",
  "/health%2f..%2fsecret",
  "/health\\..\\secret",
  "/health%5c..%5csecret",
  "/secret/../health",
  "/secret/..%2fhealth",
  "/secret/%2e%2e/health",
  "/secret#/health",
  "/secret?/health",
  "/secret?path=/health",
  "/secret;/health",
  "/secret%3f/health",
  "/secret%23/health",
  "/metrics/../secret",
  "/alive/../secret",
  "/open",
  "/-/healthy",
];

/** Those at `ops`, below `/open/*`. */
const outsideOpen = [
  "/open",
  "/Open/page",
  "/opened/page",
  "/open/../secret",
  "/open/%2e%2e/secret",
  "/open/..%2fsecret",
  "/open%2f..%2fsecret",
  "/open/..%5csecret",
  "/open/x/../../secret",
  "/open//../../secret",
  "/open/.%2e/secret",
  "/health",
];

/** Who one is, in the spellings of the two providers and of what services believe. */
const identity = [
  "X-authentik-username",
  "X-authentik-email",
  "X-authentik-groups",
  "X-authentik-name",
  "X-authentik-uid",
  "X-Forwarded-User",
  "X-Forwarded-Email",
  "X-Forwarded-Groups",
  "X-Auth-Request-User",
  "X-Auth-Request-Email",
  "X-Auth-Request-Groups",
  "X-Auth-Request-Preferred-Username",
];

const lie = "root-of-all";
const spellings = (name: string) => [
  name,
  name.toLowerCase(),
  name.toUpperCase(),
  name.replace(/[a-z]/g, (letter, at: number) => (at % 2 ? letter.toUpperCase() : letter)),
];
const forged = identity.flatMap((name) => spellings(name).map((each) => [each, lie] as const));
const underscored = identity.map((name) => [name.replaceAll("-", "_"), lie] as const);

export function describeGuard(lab: () => SignOnLab): void {
  const echo = (path = "/") => `https://${sites.echo}${path}`;
  const ops = (path = "/") => `https://${sites.ops}${path}`;

  it("opens the excepted paths to everyone", async () => {
    for (const url of excepted.map(echo)) {
      const reached = await lab().upstream.during(async () => {
        assert.equal((await lab().wire.ask(url)).status, 200, url);
      });
      assert.equal(reached.length, 1);
    }
    for (const path of ["/open/page", "/open/a/b?c=d"]) {
      assert.equal((await lab().wire.ask(ops(path))).status, 200, path);
    }
    const healthy = await lab().wire.ask(`https://${sites.prometheus}/-/healthy`);
    assert.match(healthy.body, /Prometheus.*Healthy/i);
  });

  it("opens nothing else, however a path is spelled", async () => {
    const reached = await lab().upstream.during(async () => {
      for (const path of near) await lab().wire.ask(echo(), { path });
    });
    assert.deepEqual(
      reached.map(({ path }) => path).filter((path) => !excepted.includes(path)),
      [],
    );
  });

  it("opens no page outside of an excepted folder", async () => {
    const reached = await lab().upstream.during(async () => {
      for (const path of outsideOpen) await lab().wire.ask(ops(), { path });
    });
    const paths = reached.map(({ path }) => path);
    assert.deepEqual(paths, [], "reached");
  });

  it("lets no method and no absolute URL around it", async () => {
    const reached = await lab().upstream.during(async () => {
      for (const method of ["HEAD", "OPTIONS", "PUT", "DELETE", "PROPFIND", "TRACE"]) {
        await lab().wire.ask(echo("/secret"), { method });
      }
      for (const [name, value] of [
        ["X-Original-URL", "/health"],
        ["X-Rewrite-URL", "/health"],
        ["X-Forwarded-Uri", "/health"],
        ["X-Forwarded-Method", "OPTIONS"],
        ["X-Forwarded-Host", "spa.nixmox.lan"],
        ["X-Original-Method", "OPTIONS"],
      ] as const) {
        await lab().wire.ask(echo("/secret"), { headers: [[name, value]] });
      }
    });
    assert.deepEqual(reached, []);
  });

  it("says to a service who is signed in, whatever the browser says", async () => {
    const visitor = await lab().visitor();
    await visitor.signIn(echo(), people.bob);
    await visitor.arrives(echo());
    const cookie = await visitor.cookie(echo());
    const [seen] = await lab().upstream.during(() =>
      lab().wire.ask(echo("/who"), { headers: [cookie, ...forged, ...underscored] }),
    );
    assert.ok(seen, "the request did not get through");
    assert.deepEqual(valuesOf(seen, "X-Forwarded-User"), [people.bob]);
    assert.deepEqual(valuesOf(seen, "X-Forwarded-Email"), ["bob@nixmox.lan"]);
    assert.match(valuesOf(seen, "X-Forwarded-Groups").join(), /readers/);
    assert.doesNotMatch(valuesOf(seen, "X-Forwarded-Groups").join(), /operators/);
    for (const name of identity) assert.ok(!valuesOf(seen, name).includes(lie), name);
  });

  it("lets no browser take the headers away by naming them in Connection", async () => {
    const visitor = await lab().visitor();
    await visitor.signIn(echo(), people.bob);
    await visitor.arrives(echo());
    const cookie = await visitor.cookie(echo());
    for (const connection of [
      `close, ${identity.join(", ")}`,
      "close, X-Forwarded-Host, X-Forwarded-Uri, X-Forwarded-For, X-Forwarded-Proto",
      "close, Cookie",
    ]) {
      const reached = await lab().upstream.during(() =>
        lab().wire.ask(echo("/who"), {
          headers: [cookie, ["Connection", connection], ["X-Forwarded-User", lie]],
        }),
      );
      for (const seen of reached) {
        assert.deepEqual(valuesOf(seen, "X-Forwarded-User"), [people.bob], connection);
      }
    }
  });

  it("believes nobody on excepted paths either", async () => {
    for (const url of [...excepted.map(echo), ops("/open/page")]) {
      const reached = await lab().upstream.during(() =>
        lab().wire.ask(url, { headers: [...forged, ...underscored] }),
      );
      assert.equal(reached.length, 1);
      for (const name of identity) assert.deepEqual(valuesOf(reached[0]!, name), [], name);
    }
  });

  it("keeps from a service what would open another site", async () => {
    const visitor = await lab().visitor();
    await visitor.signIn(echo(), people.anna);
    await visitor.arrives(echo());
    await visitor.context.addCookies([{ name: "own", value: "1", url: echo() }]);
    const [seen] = await lab().upstream.during(() => visitor.visit(echo("/cookies")));
    const cookie = valuesOf(seen!, "Cookie").join("; ");
    assert.match(cookie, /own=1/);
    const reached = await lab().upstream.during(() =>
      lab().wire.ask(ops("/secret"), { headers: [["Cookie", cookie]] }),
    );
    assert.deepEqual(reached, []);
  });

  it("carries WebSockets of who is signed in, and of nobody else", async () => {
    const visitor = await lab().visitor();
    await visitor.signIn(echo(), people.bob);
    await visitor.arrives(echo());
    const said = () =>
      visitor.page.evaluate(
        (url) =>
          new Promise<string>((resolve) => {
            const socket = new WebSocket(url);
            socket.onopen = () => socket.send("hello");
            socket.onmessage = ({ data }) => resolve(String(data));
            socket.onerror = () => resolve("refused");
          }),
        `wss://${sites.echo}/socket`,
      );
    assert.equal(await said(), "hello");
    await visitor.forget();
    const reached = await lab().upstream.during(async () => {
      assert.equal(await said(), "refused");
      await lab().wire.ask(echo("/socket"), {
        headers: [
          ["Connection", "Upgrade"],
          ["Upgrade", "websocket"],
          ["Sec-WebSocket-Version", "13"],
          ["Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="],
        ],
      });
    });
    assert.deepEqual(reached, []);
  });

  it("does not let a sign-in that someone else began be finished in another browser", async () => {
    const [attacker, victim] = [await lab().visitor(), await lab().visitor()];
    const callback = lab().pages.callback(sites.echo);
    const caught = await attacker.catch(({ href }) => href.startsWith(callback));
    await attacker.signIn(echo(), people.bob);
    await attacker.reads(/caught/);
    await caught.release();
    const { href, searchParams } = caught.urls[0]!;
    assert.ok(searchParams.has("code"));
    await victim.visit(href);
    const reached = await lab().upstream.during(() => victim.visit(echo()));
    assert.deepEqual(reached, []);
    // Its own browser is let in by it.
    await attacker.visit(href);
    await attacker.arrives(echo());
  });
}
