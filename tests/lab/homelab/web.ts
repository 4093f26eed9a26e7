import assert from "node:assert/strict";
import * as http from "node:http";
import * as https from "node:https";
import { describe, it } from "mocha";
import type { Page } from "playwright-core";
import { authentik } from "../sso/pages/authentik";
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
    const secret = async (service: string, name: string) =>
      (await lab().output<Record<string, Record<string, string>>>("secrets"))[service]![name]!;

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
      // Miniflux itself is stricter than the proxy's defaults about these two.
      assert.equal(login.headers["x-frame-options"], "DENY");
      assert.equal(login.headers["referrer-policy"], "no-referrer");
      assert.equal(login.headers["x-xss-protection"], "1; mode=block");
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

    it("sends anyone who asks for a guarded page to sign in, and shows none of it", async () => {
      const [address, authority] = [await proxy(), await ca()];
      for (const page of [
        ...["", "graph", "api/v1/query?query=up", "metrics", "-/ready"].map(
          (p) => `prometheus/${p}`,
        ),
        ...["", "api/v2/alerts", "metrics", "-/ready"].map((p) => `alertmanager/${p}`),
      ]) {
        const url = `https://${page.replace("/", ".nixmox.lan/")}`;
        for (const password of [undefined, "wrong"]) {
          const { status, headers, body } = await ask(url, address, authority, password);
          assert.equal(status, 302, page);
          const { origin, pathname, searchParams } = new URL(headers.location!, url);
          assert.equal(origin, "https://authentik.nixmox.lan", page);
          assert.equal(pathname, "/application/o/authorize/", page);
          assert.match(searchParams.get("redirect_uri")!, new RegExp(`^${new URL(url).origin}/`));
          assert.doesNotMatch(body, /prometheus_|alertname|HELP/, page);
        }
      }
    });

    it("leaves the paths open that the manifest calls public", async () => {
      for (const name of ["prometheus", "alertmanager"]) {
        const url = `https://${name}.nixmox.lan/-/healthy`;
        const { status, body } = await ask(url, await proxy(), await ca());
        assert.deepEqual([status, /^OK|is Healthy/.test(body)], [200, true], body);
      }
    });

    it("monitors every host", async () => {
      const { monitoring, ...others } = await lab().services();
      const query = `curl --silent --insecure 'https://${monitoring!.address}:9090/api/v1/query?query=up'`;
      let up: Record<string, string> = {};
      for (let tries = 0; tries < 30; tries++) {
        const { stdout } = await lab().on(monitoring!.address, query);
        const { data } = JSON.parse(stdout) as {
          data: { result: { metric: { service?: string }; value: [number, string] }[] };
        };
        up = Object.fromEntries(
          data.result.flatMap(({ metric, value }) =>
            metric.service ? [[metric.service, value[1]]] : [],
          ),
        );
        if (Object.values(up).filter((v) => v === "1").length === 6) break;
        await new Promise((resolve) => setTimeout(resolve, 2000));
      }
      const hosts = ["monitoring", ...Object.keys(others)];
      assert.deepEqual(up, Object.fromEntries(hosts.map((name) => [name, "1"])));
    });

    it("lets a person log in to Miniflux with the generated password", async () => {
      const password = await secret("miniflux", "admin-password");
      await browse(await proxy(), await ca(), async (page) => {
        await page.goto("https://miniflux.nixmox.lan/");
        await page.fill("input[name=username]", "admin");
        await page.fill("input[name=password]", password);
        await page.click("button[type=submit]");
        await page.waitForURL("**/unread");
        assert.match(await page.title(), /Unread/);
      });
    });

    it("lets a person in everywhere with one first password", async () => {
      const password = await secret("authentik", "user-anna");
      await browse(await proxy(), await ca(), async (page) => {
        await page.goto("https://prometheus.nixmox.lan/graph?g0.expr=up");
        await authentik.asks(page);
        await authentik.enter(page, "anna", password);
        await page.waitForURL(/^https:\/\/prometheus\.nixmox\.lan\/.*graph\?.*g0\.expr=up/);
        assert.match(await page.title(), /Prometheus/);
        await page.goto("https://alertmanager.nixmox.lan/");
        assert.match(await page.title(), /Alertmanager/);
        await page.goto("https://miniflux.nixmox.lan/oauth2/oidc/redirect");
        await page.waitForURL("**/unread");
        assert.match(await page.title(), /Unread/);
      });
    });
  });
}

/** Signs Anna in to Miniflux at the identity provider, with her first password. */
export async function signInToMiniflux(lab: Homelab): Promise<void> {
  const { caddy } = await lab.services();
  const secrets = await lab.output<Record<string, Record<string, string>>>("secrets");
  await browse(caddy!.address, await lab.output("caCertificate"), async (page) => {
    await page.goto("https://miniflux.nixmox.lan/oauth2/oidc/redirect");
    await authentik.asks(page);
    await authentik.enter(page, "anna", secrets.authentik!["user-anna"]!);
    await page.waitForURL("**/unread");
  });
}

/** Opens a page in a browser that finds all names at the proxy and trusts one authority. */
export async function browse(
  proxy: string,
  certificate: string,
  use: (page: Page) => Promise<void>,
): Promise<void> {
  const { browser, close } = await openBrowser("*.nixmox.lan", proxy, certificate);
  try {
    await use(await browser.newPage());
  } finally {
    await close();
  }
}
