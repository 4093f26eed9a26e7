import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AuthentikProvider } from "../../../providers/authentik/provider";
import { TestApi, type Fault } from "./testApi";
import { checked, connect, create, LIMITS, openApi, schema, urnOf, useApi } from "./harness";

const GROUP = "group:Group";
const CLIENT = "providerOauth2:ProviderOauth2";

describe("Authentik's provider when something goes wrong", () => {
  const api = useApi();
  let provider: AuthentikProvider;
  before(async () => {
    provider = connect(api);
    // Loads the client, which takes longer than some of the limits below.
    await create(provider, GROUP, { name: "first" });
  });

  const make = (inputs = { name: "readers" }) => create(provider, GROUP, inputs);
  const once = (fault: Fault) => {
    let left = 1;
    return () => (left-- > 0 ? fault : undefined);
  };
  const says = async (run: Promise<unknown>, ...texts: readonly (string | RegExp)[]) => {
    await assert.rejects(run, (error: Error) => {
      for (const text of texts) {
        const found =
          typeof text === "string" ? error.message.includes(text) : text.test(error.message);
        assert.ok(found, `${text} is not in: ${error.message}`);
      }
      assert.ok(!error.message.includes(api.token), "the token is in the message");
      return true;
    });
  };

  for (const [status, detail, expected] of [
    [401, "No authentication.", "Set the provider's `token` to one that is valid (401: No auth"],
    [403, "Token invalid/expired", "Set the provider's `token` to an administrator's (403: Token"],
    [404, "Not found.", "check the ids that it refers to (404: Not found.)"],
    [405, "Method not allowed.", "Check the provider's `url` (405"],
    [429, "Throttled.", "Authentik asks for fewer requests. Wait and run it again (429"],
    [500, "Oops.", "Its log says why; run it again afterwards (500: Oops.)"],
  ] as const) {
    it(`explains ${status}, for every verb`, async () => {
      const { id, state, inputs } = await make();
      api.fail(() => ({ status, body: { detail } }));
      const urn = urnOf(GROUP);
      await says(make({ name: "others" }), "Unable to create group others: ", expected);
      const news = checked(provider, GROUP, { name: "readers", isSuperuser: true });
      await says(
        provider.update(id, urn, state, inputs, news),
        "Unable to update group readers",
        expected,
      );
      if (status === 404) return;
      await says(provider.read(id, urn, state, inputs), "Unable to read group readers", expected);
      await says(provider.delete(id, urn, state), "Unable to delete group readers", expected);
    });
  }

  it("explains 409 as something that exists", async () => {
    const entry = api.add("core/groups", { name: "readers", is_superuser: false });
    api.fail(({ method }) =>
      method === "POST" ? { status: 409, body: { detail: "Conflict." } } : undefined,
    );
    await says(make(), `pulumi import authentik:index/group:Group test ${String(entry.pk)}`);
  });

  it("names each property that Authentik refuses as Pulumi does", async () => {
    const body = {
      redirect_uris: [{ url: ["Enter a valid URL."] }],
      non_field_errors: ["Nor like this."],
      logout_uri: ["Too long."],
      code: "invalid",
    };
    api.fail(({ method }) => (method === "POST" ? { status: 400, body } : undefined));
    const flows = { authorizationFlow: FLOW, invalidationFlow: FLOW };
    await says(
      create(provider, CLIENT, { ...flows, name: "m", clientId: "m" }),
      "Authentik refuses allowedRedirectUris.url: Enter a valid URL; Nor like this; " +
        "backchannelLogoutUri: Too long. Change that in the program.",
    );
  });

  it("keeps secrets that Authentik quotes out of messages", async () => {
    const secret = "a-client-secret";
    const quote = `"${secret}" of ${api.token} is not allowed`;
    api.fail(({ method }) =>
      method === "POST" ? { status: 400, body: { client_secret: [quote] } } : undefined,
    );
    const flows = { authorizationFlow: FLOW, invalidationFlow: FLOW };
    const run = create(provider, CLIENT, { ...flows, clientId: "m", clientSecret: secret });
    await says(run, 'clientSecret: "[secret]" of [secret] is not allowed');
  });

  it("waits as long as Authentik asks after 429, for any request", async () => {
    api.fail(once({ status: 429, body: { detail: "Slow" }, headers: { "Retry-After": "1" } }));
    const started = Date.now();
    await make();
    assert.ok(Date.now() - started >= 1000);
    assert.equal(api.objects("core/groups").length, 1);
  });

  for (const [what, fault] of [
    ["an answer of 502", { status: 502 }],
    ["an answer of 503", { status: 503 }],
    ["a connection that is cut", "cut"],
    ["an answer that is cut", "cut body"],
  ] as const) {
    it(`asks again after ${what} where that does no harm`, async () => {
      const { id, state, inputs } = await make();
      const urn = urnOf(GROUP);
      api.fail(once(fault));
      assert.equal((await provider.read(id, urn, state, inputs))?.id, id);
      api.fail(once(fault));
      await provider.delete(id, urn, state);
      assert.deepEqual(api.objects("core/groups"), []);
    });

    it(`does not repeat a change after ${what}`, async () => {
      const { id, state, inputs } = await make();
      api.seen.length = 0;
      api.fail(once(fault));
      const news = checked(provider, GROUP, { name: "readers", isSuperuser: true });
      await says(provider.update(id, urnOf(GROUP), state, inputs, news), "Unable to update group");
      assert.equal(api.changes.length, 1);
    });
  }

  it("gives up on an answer that does not come, and says so", async () => {
    const impatient = new AuthentikProvider(schema, { ...LIMITS, timeout: 200, attempts: 2 });
    impatient.configure({ url: api.url, token: api.token });
    api.fail(() => "hang");
    const started = Date.now();
    const run = impatient.read("x", urnOf(GROUP), { name: "readers" }, {});
    await says(run, `${api.url} is not reached: no answer within 0.2 seconds`);
    assert.equal(api.seen.length, 2);
    assert.ok(Date.now() - started < 5000);
  });

  it("ends what is under way when Pulumi is interrupted", async () => {
    const interrupted = connect(api);
    api.fail(() => "hang");
    const run = interrupted.read("x", urnOf(GROUP), { name: "readers" }, {});
    setTimeout(() => interrupted.cancel(), 50);
    const started = Date.now();
    await assert.rejects(run);
    assert.ok(Date.now() - started < 1500);
  });

  it("says that nothing answers at an address", async () => {
    const lost = new AuthentikProvider(schema, LIMITS);
    lost.configure({ url: "http://127.0.0.1:1", token: "a-token-of-mine" });
    await says(
      create(lost, GROUP, { name: "readers" }),
      "Unable to create group readers: http://127.0.0.1:1 is not reached",
      "ECONNREFUSED",
      "See whether Authentik runs there.",
    );
  });

  it("says that an address is another's, or has moved", async () => {
    api.fail(() => ({ status: 200, headers: { "Content-Type": "text/html", "X-Text": "<html>" } }));
    await says(make(), "the answer is no JSON, so that is not Authentik");
    api.fail(() => ({ status: 301, headers: { Location: "https://new.lan/" } }));
    await says(make(), "it is redirected to https://new.lan/. Set the provider's `url` to that");
    api.fail(() => ({ status: 502, headers: { "Content-Type": "text/html", "X-Text": "<html>" } }));
    await says(make(), /Authentik failed\. .* \(502\)\.$/);
  });

  it("opens few connections and uses them again", async () => {
    const one = connect(api);
    api.delay = 3;
    const names = Array.from({ length: 40 }, (_, index) => `group-${index}`);
    await Promise.all(names.map((name) => create(one, GROUP, { name })));
    assert.equal(api.objects("core/groups").length, 40);
    // Those of the provider that other tests use may still be open.
    assert.ok(api.connections <= 2 * LIMITS.connections, String(api.connections));
  });

  it("sends the headers that are configured", async () => {
    await create(connect(api, { headers: '{"X-Test": "yes"}' }), GROUP, { name: "readers" });
    assert.equal(api.headers.at(-1)?.["x-test"], "yes");
  });

  describe("over TLS", () => {
    const folder = mkdtempSync(join(tmpdir(), "nixmox-authentik-tls-"));
    const files = { key: join(folder, "key.pem"), cert: join(folder, "cert.pem") };
    let secure: TestApi;
    before(async () => {
      const subject = ["-subj", "/CN=authentik", "-days", "2", "-nodes"];
      const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
      const out = ["-keyout", files.key, "-out", files.cert];
      execFileSync("openssl", ["req", "-x509", ...key, ...subject, ...out], { stdio: "ignore" });
      const [keyText, cert] = [readFileSync(files.key), readFileSync(files.cert)];
      secure = new TestApi(openApi, { key: keyText, cert });
      await secure.start();
    });
    after(async () => {
      await secure.stop();
      rmSync(folder, { recursive: true });
    });

    it("refuses a certificate that it does not trust, at once", async () => {
      const run = create(connect(secure), GROUP, { name: "readers" });
      await says(run, "its certificate is signed by itself", "NODE_EXTRA_CA_CERTS");
      assert.deepEqual(secure.seen, []);
    });

    it("takes any certificate where that is asked for", async () => {
      await create(connect(secure, { insecure: "true" }), GROUP, { name: "readers" });
      assert.equal(secure.objects("core/groups").length, 1);
    });
  });
});

const FLOW = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
