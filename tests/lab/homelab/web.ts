import assert from "node:assert/strict";
import * as http from "node:http";
import * as https from "node:https";
import { describe, it } from "mocha";
import type { BrowserContextOptions, Page } from "playwright-core";
import { openBrowser } from "./chromium";
import type { Homelab } from "./homelab";

interface Answer {
  readonly status: number | undefined;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** Requests a URL from the proxy at an address, and trusts nothing but the given certificate. */
export function ask(url: string, address: string, ca?: string, password?: string): Promise<Answer> {
  const { hostname, protocol } = new URL(url);
  return new Promise((resolve, reject) => {
    const options = {
      lookup: (_: string, o: { all?: boolean }, done: (...args: unknown[]) => void) =>
        o.all ? done(null, [{ address, family: 4 }]) : done(null, address, 4),
      servername: hostname,
      timeout: 10_000,
      agent: false as const,
      ...(password === undefined ? {} : { auth: `admin:${password}` }),
      ...(ca === undefined ? {} : { ca }),
    };
    const receive = (response: http.IncomingMessage) => {
      let body = "";
      response.on("data", (data: Buffer) => (body += data.toString()));
      response.on("end", () =>
        resolve({ status: response.statusCode, headers: response.headers, body }),
      );
    };
    const request =
      protocol === "https:"
        ? https.get(url, options as https.RequestOptions, receive)
        : http.get(url, options as http.RequestOptions, receive);
    request.on("error", reject);
    request.on("timeout", () => request.destroy(new Error("no answer in 10 s")));
  });
}

export function describeWeb(lab: () => Homelab): void {
  describe("web", () => {
    const proxy = async () => (await lab().services()).caddy!.address;
    const ca = () => lab().output<string>("caCertificate");
    const passwordOf = async (service: string) =>
      (await lab().output<Record<string, Record<string, string>>>("secrets"))[service]![
        "admin-password"
      ]!;

    it("serves Miniflux by name and certificate, with the security headers", async () => {
      const health = await ask(
        "https://miniflux.nixmox.lan/healthcheck",
        await proxy(),
        await ca(),
      );
      assert.equal(health.status, 200);
      assert.equal(health.body, "OK");
      const login = await ask("https://miniflux.nixmox.lan/", await proxy(), await ca());
      assert.match(login.body, /name="password"/);
      assert.equal(login.headers["x-content-type-options"], "nosniff");
      assert.equal(login.headers["x-frame-options"], "SAMEORIGIN");
      assert.equal(login.headers["referrer-policy"], "strict-origin-when-cross-origin");
      assert.equal(login.headers["strict-transport-security"], "max-age=31536000");
      assert.equal(login.headers.server, undefined);
    });

    it("is not trusted without the internal CA", async () => {
      const untrusted = ask("https://miniflux.nixmox.lan/healthcheck", await proxy());
      await assert.rejects(untrusted, /certificate/);
    });

    it("redirects http to https", async () => {
      const { status, headers } = await ask("http://miniflux.nixmox.lan/feeds", await proxy());
      assert.equal(status, 308);
      assert.equal(headers.location, "https://miniflux.nixmox.lan/feeds");
    });

    it("serves no page under an unknown name", async () => {
      const { status, body } = await ask("http://nobody.nixmox.lan/", await proxy());
      assert.doesNotMatch(body, /miniflux|prometheus/i);
      assert.notEqual(status, 200);
      await assert.rejects(ask("https://nobody.nixmox.lan/", await proxy(), await ca()));
    });

    it("shows no page of Prometheus to anyone who does not sign in", async () => {
      for (const page of ["", "graph", "api/v1/query?query=up", "metrics", "-/ready"]) {
        const url = `https://prometheus.nixmox.lan/${page}`;
        assert.equal((await ask(url, await proxy(), await ca())).status, 401, page);
        assert.equal((await ask(url, await proxy(), await ca(), "wrong")).status, 401, page);
      }
      const { caddy, monitoring } = await lab().services();
      const direct = `curl --silent --output /dev/null --write-out '%{http_code}' --insecure https://${monitoring!.address}:9090/metrics`;
      assert.equal((await lab().on(caddy!.address, direct)).stdout, "401");
    });

    it("monitors every host", async () => {
      const query = "https://prometheus.nixmox.lan/api/v1/query?query=up";
      const password = await passwordOf("monitoring");
      let up: Record<string, string> = {};
      for (let tries = 0; tries < 30; tries++) {
        const { body } = await ask(query, await proxy(), await ca(), password);
        const { data } = JSON.parse(body) as {
          data: { result: { metric: { service?: string }; value: [number, string] }[] };
        };
        up = Object.fromEntries(
          data.result.flatMap(({ metric, value }) =>
            metric.service ? [[metric.service, value[1]]] : [],
          ),
        );
        if (Object.values(up).filter((v) => v === "1").length === 5) break;
        await new Promise((resolve) => setTimeout(resolve, 2000));
      }
      assert.deepEqual(up, {
        caddy: "1",
        dns: "1",
        miniflux: "1",
        monitoring: "1",
        postgresql: "1",
      });
    });

    it("lets a person log in to Miniflux with the generated password", async () => {
      const password = await passwordOf("miniflux");
      await browse("miniflux.nixmox.lan", await proxy(), await ca(), {}, async (page) => {
        await page.goto("https://miniflux.nixmox.lan/");
        await page.fill("input[name=username]", "admin");
        await page.fill("input[name=password]", password);
        await page.click("button[type=submit]");
        await page.waitForURL("**/unread");
        assert.match(await page.title(), /Unread/);
      });
    });

    it("lets a person log in to Prometheus with the generated password", async () => {
      const httpCredentials = { username: "admin", password: await passwordOf("monitoring") };
      const host = "prometheus.nixmox.lan";
      await browse(host, await proxy(), await ca(), { httpCredentials }, async (page) => {
        const answer = await page.goto(`https://${host}/graph`);
        assert.equal(answer?.status(), 200);
        assert.match(await page.title(), /Prometheus/);
      });
    });
  });
}

/** Opens a page in a browser that finds one name at the proxy and trusts one authority. */
async function browse(
  host: string,
  proxy: string,
  certificate: string,
  options: BrowserContextOptions,
  use: (page: Page) => Promise<void>,
): Promise<void> {
  const { browser, close } = await openBrowser(host, proxy, certificate);
  try {
    const context = await browser.newContext(options);
    await use(await context.newPage());
  } finally {
    await close();
  }
}
