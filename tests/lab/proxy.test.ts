import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, beforeEach, describe, it } from "mocha";
import { buildTemplate } from "../../lab/lab";
import type { RouteSpec } from "../../manifest/resolve/spec";
import { renderRoutes, sitesOf } from "../sites";
import { plainRoute } from "../unit/plainRoute";
import { type Answer, type Listener, listen, Proxy } from "./guard/proxy";

/** What reaches an application through the proxy, and what comes back: Caddy itself and a server. */
describe("a route through Caddy", function () {
  this.timeout("5m");
  let proxy: Proxy;
  let application: Listener;
  let other: Listener;
  let answer: (response: ServerResponse) => void;

  /** One service at each domain, unless two of them share it. */
  const routes: Readonly<Record<string, Partial<RouteSpec>>> = {
    "plain.nixmox.lan": {},
    "embedded.nixmox.lan": {
      headers: { "x-frame-options": false, "Content-Security-Policy": "frame-ancestors 'self'" },
    },
    "named.nixmox.lan": { headers: { Server: "mine", "X-Quoted": 'a "b"' } },
    "free.nixmox.lan": {
      extra_config:
        'header -X-Frame-Options\nheader Content-Security-Policy "frame-ancestors https://cloud.nixmox.lan"',
    },
    "parts.nixmox.lan": {
      extra_config:
        "header /embed/* -X-*\nheader Cache-Control no-store\n@js path *.js\nheader @js Cache-Control max-age=60\n" +
        "header ?Referrer-Policy same-origin\nhandle /inner/* {\n\theader -X-Frame-Options\n}",
    },
    "early.nixmox.lan": {
      extra_config: "route {\n\theader /embed/* -X-Frame-Options\n\trespond /embed/* 200\n}",
    },
    "moved.nixmox.lan": { redirect: "https://plain.nixmox.lan{uri}", redirect_status: 308 },
    "gone.nixmox.lan": { redirect: "https://plain.nixmox.lan/new" },
    "text.nixmox.lan": { extra_config: 'respond "a page" 200' },
    "*.apps.nixmox.lan": {},
  };
  let root: string;
  const answersAlone = [
    "files.nixmox.lan",
    "moved.nixmox.lan",
    "gone.nixmox.lan",
    "text.nixmox.lan",
  ];

  before(async () => {
    const { base } = await buildTemplate(() => undefined);
    mkdirSync("/srv", { recursive: true });
    root = mkdtempSync("/srv/nixmox-");
    writeFileSync(join(root, "index.html"), "a file");
    application = await listen((_, response) => answer(response));
    other = await listen((_, response) => response.end("other"));
    application.server.on("upgrade", (_, socket) => {
      socket.write(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
      );
      socket.on("data", (data: Buffer) => socket.write(data.toString().toUpperCase()));
    });
    const route = (domain: string, changes: Partial<RouteSpec>, to = application): RouteSpec => ({
      ...plainRoute,
      domain,
      upstream: answersAlone.includes(domain) ? undefined : to.address,
      reaches: answersAlone.includes(domain) ? [] : [to.address],
      ...changes,
    });
    const fragments = [
      ...Object.entries(routes).map(([domain, changes]) => route(domain, changes)),
      route("plain.nixmox.lan", { path: "/other" }, other),
      route("plain.nixmox.lan", { path: "/other/deep/" }),
      route("files.nixmox.lan", { root }),
      route("own.apps.nixmox.lan", {}, other),
    ];
    proxy = await Proxy.start(join(base, "rootfs/usr/bin/caddy"), (folder) =>
      sitesOf(
        fragments.flatMap((each) => renderRoutes([each])),
        folder,
      ),
    );
    answer = (response) => response.end();
    for (const { domain } of fragments) {
      await certified(domain.replace("*", "some"));
    }
  });
  beforeEach(() => {
    answer = (response) => response.end("application");
    application.seen.length = 0;
  });
  after(async () => {
    rmSync(root, { recursive: true });
    await proxy.stop();
    for (const { server } of [application, other]) {
      server.closeAllConnections();
      server.close();
    }
  });

  /** Caddy runs before it has certificates for its sites. */
  const certified = async (domain: string) => {
    for (let tries = 0; ; tries++) {
      try {
        return await proxy.send(domain, ["GET / HTTP/1.1"]);
      } catch (error) {
        if (tries === 100) throw error;
        await sleep(100);
      }
    }
  };
  const get = (site: string, path = "/", ...headers: string[]) =>
    proxy.send(`${site}.nixmox.lan`, [`GET ${path} HTTP/1.1`, ...headers]);
  const valuesOf = ({ headers }: Answer, name: string) =>
    headers.filter(([each]) => each === name).map(([, value]) => value);
  const sending = (headers: Readonly<Record<string, string>>) => {
    answer = (response) => response.writeHead(200, headers).end("application");
  };

  const stricter = { "X-Frame-Options": "DENY", "Content-Security-Policy": "x" };

  describe("has headers that", () => {
    it("are the defaults where the application is silent", async () => {
      const plain = await get("plain");
      assert.deepEqual(valuesOf(plain, "x-content-type-options"), ["nosniff"]);
      assert.deepEqual(valuesOf(plain, "x-frame-options"), ["SAMEORIGIN"]);
      assert.deepEqual(valuesOf(plain, "referrer-policy"), ["strict-origin-when-cross-origin"]);
      assert.deepEqual(valuesOf(plain, "strict-transport-security"), ["max-age=31536000"]);
      assert.deepEqual(valuesOf(plain, "server"), []);
    });

    it("are the application's where it sends them, each once", async () => {
      sending({ "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", Server: "app/1" });
      const plain = await get("plain");
      assert.deepEqual(valuesOf(plain, "x-frame-options"), ["DENY"]);
      assert.deepEqual(valuesOf(plain, "referrer-policy"), ["no-referrer"]);
      assert.deepEqual(valuesOf(plain, "x-content-type-options"), ["nosniff"]);
      assert.deepEqual(valuesOf(plain, "server"), []);
    });

    it("are the manifest's where it names them, whatever the application sends", async () => {
      for (const own of [{}, stricter]) {
        sending(own);
        const embedded = await get("embedded");
        assert.deepEqual(valuesOf(embedded, "x-frame-options"), []);
        assert.deepEqual(valuesOf(embedded, "content-security-policy"), ["frame-ancestors 'self'"]);
        assert.deepEqual(valuesOf(embedded, "x-content-type-options"), ["nosniff"]);
      }
      const named = await get("named");
      assert.deepEqual(valuesOf(named, "server"), ["mine"]);
      assert.deepEqual(valuesOf(named, "x-quoted"), ['a "b"']);
    });

    it("are those of its own directives, each once", async () => {
      for (const own of [{}, stricter]) {
        sending(own);
        const free = await get("free");
        assert.deepEqual(valuesOf(free, "x-frame-options"), []);
        assert.deepEqual(valuesOf(free, "content-security-policy"), [
          "frame-ancestors https://cloud.nixmox.lan",
        ]);
        assert.deepEqual(valuesOf(free, "referrer-policy"), ["strict-origin-when-cross-origin"]);
      }
    });

    it("are removed where its directives say so, and nowhere else", async () => {
      sending({ "X-Frame-Options": "DENY", "Cache-Control": "private" });
      for (const [path, frame, cache] of [
        ["/", ["DENY"], "no-store"],
        ["/a.js", ["DENY"], "max-age=60"],
        ["/embed/a", [], "no-store"],
        ["/inner/a", [], "no-store"],
      ] as const) {
        const parts = await get("parts", path);
        assert.deepEqual(valuesOf(parts, "x-frame-options"), frame, path);
        assert.deepEqual(valuesOf(parts, "cache-control"), [cache], path);
        assert.deepEqual(valuesOf(parts, "referrer-policy"), ["same-origin"], path);
      }
      sending({});
      assert.deepEqual(valuesOf(await get("parts"), "x-frame-options"), ["SAMEORIGIN"]);
      assert.deepEqual(valuesOf(await get("early"), "x-frame-options"), ["SAMEORIGIN"]);
      assert.deepEqual(valuesOf(await get("early", "/embed/"), "x-frame-options"), []);
    });
  });

  describe("passes on", () => {
    it("who asks, and believes no client about that", async () => {
      const spoofed = [
        "X-Forwarded-For: 1.2.3.4",
        "X-Forwarded-Host: evil",
        "X-Forwarded-Proto: http",
      ];
      await get("plain", "/", ...spoofed);
      const { headers } = application.seen[0]!;
      assert.equal(headers["x-forwarded-for"], "127.0.0.1");
      assert.equal(headers["x-forwarded-host"], "plain.nixmox.lan");
      assert.equal(headers["x-forwarded-proto"], "https");
      assert.equal(headers.host, "plain.nixmox.lan");
    });

    it("a large upload, whole", async () => {
      const body = "x".repeat(40 * 1024 * 1024);
      const lines = ["POST /upload HTTP/1.1", `Content-Length: ${body.length}`];
      assert.equal((await proxy.send("plain.nixmox.lan", lines, body)).status, 200);
      assert.equal(application.seen[0]!.body.length, body.length);
    });

    it("a WebSocket, in both directions", async () => {
      const lines = ["GET /ws HTTP/1.1", "Connection: Upgrade", "Upgrade: websocket"];
      const stream = await proxy.open("plain.nixmox.lan", lines);
      assert.match(await stream.next(/\r\n\r\n/), /^HTTP\/1\.1 101 /);
      stream.write("hello");
      assert.match(await stream.next(/HELLO/), /HELLO/);
      stream.close();
    });

    it("events and other streams as they come", async () => {
      for (const type of ["text/event-stream", "application/x-ndjson"]) {
        let finish!: () => void;
        answer = (response) => {
          response.writeHead(200, { "Content-Type": type }).write("data: one\n\n");
          finish = () => response.end("data: two\n\n");
        };
        const stream = await proxy.open("plain.nixmox.lan", ["GET /events HTTP/1.1"]);
        // The second part comes only once the first one has arrived.
        await stream.next(/data: one/);
        finish();
        await stream.next(/data: two/);
        stream.close();
      }
    });
  });

  describe("is found", () => {
    it("by the longest path of a domain that services share", async () => {
      for (const [path, body] of [
        ["/", "application"],
        ["/others", "application"],
        ["/other", "other"],
        ["/other/a", "other"],
        ["/other/deep", "application"],
        ["/other/deep/a", "application"],
      ] as const) {
        assert.equal((await get("plain", path)).body, body, path);
      }
    });

    it("by a wildcard, unless the name has a route of its own", async () => {
      assert.equal((await get("any.apps")).body, "application");
      assert.equal(application.seen[0]!.headers.host, "any.apps.nixmox.lan");
      assert.equal((await get("own.apps")).body, "other");
    });
  });

  describe("answers by itself", () => {
    it("with a redirect", async () => {
      const moved = await get("moved", "/a?b=c");
      assert.deepEqual(
        [moved.status, valuesOf(moved, "location")],
        [308, ["https://plain.nixmox.lan/a?b=c"]],
      );
      const gone = await get("gone", "/a?b=c");
      assert.deepEqual(
        [gone.status, valuesOf(gone, "location")],
        [302, ["https://plain.nixmox.lan/new"]],
      );
      assert.deepEqual(application.seen, []);
    });

    it("with files", async () => {
      const files = await get("files");
      assert.deepEqual([files.status, files.body], [200, "a file"]);
      assert.deepEqual(valuesOf(files, "x-frame-options"), ["SAMEORIGIN"]);
      assert.equal((await get("files", "/none")).status, 404);
    });

    it("with what its directives say", async () => {
      assert.equal((await get("text")).body, "a page");
      assert.deepEqual(application.seen, []);
    });
  });
});
