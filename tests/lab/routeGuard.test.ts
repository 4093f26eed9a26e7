import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, beforeEach, describe, it } from "mocha";
import { spellings } from "../../components/routeGuard";
import { buildTemplate } from "../../lab/lab";
import type { RouteSpec } from "../../manifest/resolve/spec";
import { renderRoutes, sitesOf } from "../sites";
import { oauth2Guard, outpostGuard } from "../unit/guards";
import { plainRoute } from "../unit/plainRoute";
import { type Answer, type Listener, listen, Proxy, type Seen } from "./guard/proxy";

/** Who a session's cookie says somebody is. */
function userOf({ headers }: Seen): string | undefined {
  return /\bsession=(\w+)/.exec(headers.cookie ?? "")?.[1];
}

/** Answers as oauth2-proxy and Authentik's outpost do: anna may enter, bob may not. */
function decide(anonymous: (response: ServerResponse) => void) {
  return (request: Seen, response: ServerResponse) => {
    const user = userOf(request);
    if (request.url.startsWith("/outpost.goauthentik.io/callback")) response.end("callback");
    else if (user === "anna") {
      response.setHeader("Set-Cookie", ["session_0=a; Path=/", "session_1=b; Path=/"]);
      response.setHeader("X-Auth-Request-Preferred-Username", "anna");
      response.setHeader("X-Authentik-Username", "anna");
      response.setHeader("X-Authentik-Groups", "readers|writers");
      response.writeHead(202).end();
    } else if (user === "nobody") response.writeHead(200).end();
    else if (user !== undefined) response.writeHead(403).end("an ugly page");
    else anonymous(response);
  };
}

/** What the proxy does with a guarded route: Caddy itself, between two servers. */
describe("a guarded route", function () {
  this.timeout("5m");
  const notes = "notes.nixmox.lan";
  const feeds = "feeds.nixmox.lan";
  let proxy: Proxy;
  let application: Listener;
  let oauth2: Listener;
  let outpost: Listener;

  before(async () => {
    const { base } = await buildTemplate(() => undefined);
    application = await listen((request, response) => response.end(JSON.stringify(request)));
    application.server.on("upgrade", (_, socket) => {
      socket.end(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
      );
    });
    oauth2 = await listen(decide((response) => response.writeHead(401).end("Unauthorized")));
    outpost = await listen(
      decide((response) => response.writeHead(302, { Location: "https://sso/start" }).end()),
    );
    const byCookie = { ...oauth2Guard, upstream: oauth2.address, upstream_tls: false };
    const byOutpost = { ...outpostGuard, upstream: outpost.address };
    const route: RouteSpec = {
      ...plainRoute,
      upstream: application.address,
      reaches: [application.address],
    };
    const fragments = [
      ...renderRoutes([
        {
          ...route,
          guard: byCookie,
          extra_config: "rewrite /old /health\n@allowed path /x\nheader @allowed X-X x",
        },
        {
          ...route,
          path: "/admin",
          guard: { ...byCookie, uri: "/oauth2/auth?allowed_groups=admins", public_paths: [] },
        },
        { ...route, path: "/plain" },
      ]),
      ...renderRoutes([{ ...route, domain: feeds, path: "/feeds", guard: byOutpost }]),
    ];
    const caddy = join(base, "rootfs/usr/bin/caddy");
    proxy = await Proxy.start(caddy, (folder) => sitesOf(fragments, folder));
    for (const site of [notes, feeds]) await certified(site);
  });

  /** Caddy runs before it has certificates for its sites. */
  const certified = async (site: string) => {
    for (let tries = 0; ; tries++) {
      try {
        return await proxy.send(site, ["GET / HTTP/1.1"]);
      } catch (error) {
        if (tries === 100) throw error;
        await sleep(100);
      }
    }
  };
  beforeEach(() => {
    for (const { seen } of [application, oauth2, outpost]) seen.length = 0;
  });
  after(async () => {
    await proxy.stop();
    for (const { server } of [application, oauth2, outpost]) {
      server.closeAllConnections();
      server.close();
    }
  });

  const get = (path: string, ...headers: string[]) =>
    proxy.send(notes, [`GET ${path} HTTP/1.1`, ...headers]);
  const anna = "Cookie: a=1; session=anna; _oauth2_proxy_0=x; _oauth2_proxy_csrf_ab=y; z=2";
  const headerOf = ({ headers }: Answer, name: string) =>
    headers.filter(([each]) => each === name).map(([, value]) => value);

  it("sends anonymous users to sign in, and says what they asked for", async () => {
    const answer = await get("/a/b?c=d&e=50%25+1;f");
    assert.equal(answer.status, 302);
    const [location] = headerOf(answer, "location");
    const url = new URL(location!);
    assert.equal(url.origin + url.pathname, "https://keycloak.nixmox.lan/oauth2/start");
    assert.deepEqual([...url.searchParams], [["rd", `https://${notes}/a/b?c=d&e=50%25+1;f`]]);
    assert.deepEqual(application.seen, []);
  });

  it("passes the provider's own redirect on", async () => {
    const answer = await proxy.send(feeds, ["GET /feeds HTTP/1.1"]);
    assert.deepEqual([answer.status, headerOf(answer, "location")], [302, ["https://sso/start"]]);
    assert.deepEqual(application.seen, []);
  });

  it("lets members in, says who they are, and renews their cookies", async () => {
    const answer = await get("/a?b=c", anna);
    assert.equal(answer.status, 200);
    assert.deepEqual(headerOf(answer, "set-cookie"), [
      "session_0=a; Path=/",
      "session_1=b; Path=/",
    ]);
    const [{ headers, url }] = application.seen as [Seen];
    assert.equal(url, "/a?b=c");
    assert.equal(headers["x-forwarded-user"], "anna");
    assert.equal(headers.host, notes);
    assert.equal(headers.cookie, "a=1; session=anna; z=2");
    const [asked] = oauth2.seen as [Seen];
    assert.equal(asked.url, "/oauth2/auth?allowed_groups=readers,writers");
    assert.equal(asked.headers.host, notes);
    assert.equal(asked.headers["x-forwarded-host"], notes);
    assert.equal(asked.headers["x-forwarded-proto"], "https");
    assert.equal(asked.headers["x-forwarded-uri"], "/a?b=c");
    assert.match(asked.headers.cookie!, /_oauth2_proxy_0=x/);
  });

  it("keeps each header that the outpost names", async () => {
    await proxy.send(feeds, ["GET /feeds/1 HTTP/1.1", anna]);
    const [{ headers }] = application.seen as [Seen];
    assert.equal(headers["x-forwarded-user"], "anna");
    assert.equal(headers["x-authentik-username"], "anna");
    assert.equal(headers["x-authentik-groups"], "readers|writers");
    assert.equal(outpost.seen[0]!.headers["x-forwarded-host"], feeds);
  });

  it("shows members of no allowed group a plain page", async () => {
    const answer = await get("/", "Cookie: session=bob");
    assert.equal(answer.status, 403);
    assert.match(answer.body, /^You are signed in, but none of your groups/);
    assert.deepEqual(application.seen, []);
  });

  it("asks about each path with its own groups", async () => {
    for (const path of ["/admin", "/admin/x", "/ADMIN", "/x/../admin", "//admin", "/%61dmin"]) {
      oauth2.seen.length = 0;
      assert.equal((await get(path)).status, 302, path);
      assert.match(oauth2.seen[0]!.url, /=admins$/, path);
    }
  });

  it("asks with GET, and passes the request on whole", async () => {
    const body = "x=1&y=2";
    const lines = ["POST /form HTTP/1.1", anna, `Content-Length: ${body.length}`];
    await proxy.send(notes, lines, body);
    assert.deepEqual([oauth2.seen[0]!.method, oauth2.seen[0]!.body], ["GET", ""]);
    assert.equal(oauth2.seen[0]!.headers["x-forwarded-method"], "POST");
    assert.deepEqual([application.seen[0]!.method, application.seen[0]!.body], ["POST", body]);
  });

  it("leaves open what is said to be open, and nothing else", async () => {
    for (const path of [
      "/health",
      "/health?x=/../y",
      "/open/",
      "/open/a",
      "/open/a/b.c/",
      "/plain",
    ]) {
      assert.equal((await get(path)).status, 200, path);
      assert.equal(application.seen.at(-1)!.url, path);
    }
    assert.deepEqual(oauth2.seen, []);
    application.seen.length = 0;
    for (const path of closed) {
      const { status } = await get(path);
      assert.ok(status === 302 || status === 400 || status === 308, `${path}: ${status}`);
    }
    assert.deepEqual(application.seen, []);
  });

  const closed = [
    "/",
    "/health/",
    "/HEALTH",
    "/Health",
    "/healthy",
    "/health.json",
    "/health;x=1",
    "/health%20",
    "/health%2f",
    "/health%00",
    "/%68ealth",
    "//health",
    "/./health",
    "/x/../health",
    "/x/..%2fhealth",
    "/x%2f..%2fhealth",
    "/x/%2e%2e/health",
    "/health/../x",
    "//health/../x",
    "/health/..%2fx",
    "/open",
    "/open/../x",
    "/open/..%2fx",
    "/open/%2e%2e/x",
    "/open/..;/x",
    "/open//x",
    "/open/a/../../x",
    "/open/a%5c..%5cx",
    "/open/.git",
    "/OPEN/a",
    "/old",
    "/health#x",
    "http://notes.nixmox.lan/health",
  ];

  const identities = ["X-Forwarded-User", "X-Forwarded-Groups", "X-Authentik-Username"];

  it("believes no client who it is, however it is written, not even on open paths", async () => {
    for (const path of ["/health", "/plain", "/open/x"]) {
      for (const name of identities.slice(0, 2).flatMap(spellings)) {
        for (const written of [name, name.toLowerCase(), name.toUpperCase()]) {
          application.seen.length = 0;
          await get(path, `${written}: root`, `${written}: root`);
          assert.doesNotMatch(JSON.stringify(application.seen), /root/, `${path} ${written}`);
        }
      }
    }
  });

  it("passes on no made-up identity where the provider names none", async () => {
    const lines = identities.flatMap(spellings).map((name) => `${name}: root`);
    await proxy.send(feeds, ["GET /feeds HTTP/1.1", "Cookie: session=nobody", ...lines]);
    assert.equal(application.seen.length, 1);
    assert.doesNotMatch(JSON.stringify(application.seen), /root|user|authentik/);
    await proxy.send(feeds, ["GET /feeds HTTP/1.1", anna, ...lines]);
    assert.doesNotMatch(JSON.stringify(application.seen), /root/);
    assert.equal(application.seen[1]!.headers["x-forwarded-user"], "anna");
  });

  it("drops no identity because a client calls it a connection's own header", async () => {
    await get("/", anna, "Connection: X-Forwarded-User, close");
    assert.equal(application.seen[0]!.headers["x-forwarded-user"], "anna");
  });

  it("tells the application no other path than the one that was checked", async () => {
    await get("/health", "X-Original-URL: /admin", "X_Rewrite_Url: /admin");
    assert.doesNotMatch(JSON.stringify(application.seen), /admin/);
  });

  it("passes WebSockets through once it has asked, and no other protocol", async () => {
    const upgrade = (protocol: string) => [`Upgrade: ${protocol}`, "Connection: Upgrade"];
    assert.equal((await get("/ws", ...upgrade("websocket"))).status, 302);
    assert.equal((await get("/ws", anna, ...upgrade("WebSocket"))).status, 101);
    assert.equal(oauth2.seen.at(-1)!.headers.upgrade, undefined);
    assert.equal((await get("/health", ...upgrade("h2c"), "HTTP2-Settings: AAMAAABk")).status, 200);
    assert.equal(application.seen.at(-1)!.headers.upgrade, undefined);
  });

  it("leaves the provider's own paths to the provider", async () => {
    const answer = await proxy.send(feeds, [
      "GET /outpost.goauthentik.io/callback?code=1 HTTP/1.1",
    ]);
    assert.equal(answer.body, "callback");
    assert.equal((await get("/outpost.goauthentik.io/callback")).status, 302);
  });

  it("lets nobody in while the provider does not answer", async () => {
    oauth2.server.closeAllConnections();
    await new Promise((resolve) => oauth2.server.close(resolve));
    assert.equal((await get("/", anna)).status, 502);
    assert.deepEqual(application.seen, []);
    assert.equal((await get("/health")).status, 200);
  });
});
