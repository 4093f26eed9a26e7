import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OpenApi } from "../../lab/authentik/openapi";
import { TestApi } from "../unit/authentik/testApi";
import { provideToolchain } from "../../toolchain/provide";
import { finish } from "../lab/homelab/homelab";

const repository = join(__dirname, "..", "..");
const SDK = join(repository, "providers", "authentik", "sdk");

const program = `
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import * as authentik from "${SDK}";

const config = new pulumi.Config();
const opts = {
  provider: new authentik.Provider("authentik", {
    url: config.require("url"),
    token: config.requireSecret("token"),
    headers: { "X-Test": "a-header-value" },
  }),
};
const flow = authentik.getFlowOutput({ slug: "default-authorization" }, opts);
const secret = new random.RandomPassword("secret", { length: 40, special: false });
const client = new authentik.ProviderOauth2("miniflux", {
  clientId: "miniflux",
  clientSecret: secret.result,
  authorizationFlow: flow.id,
  invalidationFlow: flow.id,
  allowedRedirectUris: [{ matching_mode: "strict", url: config.require("redirect") }],
}, opts);
const application = new authentik.Application("miniflux", {
  name: "Miniflux",
  slug: config.get("slug") ?? "miniflux",
  protocolProvider: client.id.apply(Number),
}, opts);
const group = new authentik.Group("readers", {}, {
  ...opts,
  import: config.get("importGroup"),
});
new authentik.PolicyBinding("readers", {
  target: application.uuid,
  group: group.id,
  order: 0,
}, opts);
new authentik.User("anna", {
  username: "anna",
  password: config.requireSecret("password"),
  groups: [group.id],
}, opts);
const proxy = new authentik.ProviderProxy("prometheus", {
  authorizationFlow: flow.id,
  invalidationFlow: flow.id,
  externalHost: "https://prometheus.lan",
  mode: "forward_single",
}, opts);
const outpost = authentik.getOutpostOutput({ name: "embedded" }, opts);
new authentik.OutpostProviderAttachment("prometheus", {
  outpost: outpost.id,
  protocolProvider: proxy.id.apply(Number),
}, opts);
export const generated = authentik.getFlowOutput({ slug: "default-authorization" }, opts).title;
export const made = client.clientSecret;
`;

describe("Authentik's provider on the real engine", function () {
  this.timeout(15 * 60_000);
  const folder = mkdtempSync(join(tmpdir(), "nixmox-authentik-"));
  const api = new TestApi(new OpenApi());
  const password = "a-password-of-the-manifest";
  let variables: NodeJS.ProcessEnv;

  const pulumi = async (...args: string[]) => {
    const options = { cwd: folder, env: variables };
    const result = await finish("pulumi", [...args, "--non-interactive"], options);
    const printed = result.stdout + result.stderr;
    for (const secret of [api.token, password, "a-header-value", clientSecret()]) {
      if (secret && !args.includes(secret))
        assert.ok(!printed.includes(secret), "a secret is printed");
    }
    return { ...result, printed };
  };
  const run = async (...args: string[]) => {
    const { status, printed } = await pulumi(...args);
    assert.equal(status, 0, printed);
    return printed;
  };
  const clientSecret = () =>
    api.objects("providers/oauth2")[0]?.client_secret as string | undefined;
  const up = () => run("up", "--yes", "--skip-preview", "--diff");
  const set = (key: string, value: string) => run("config", "set", key, value);

  before(async () => {
    const { bin } = await provideToolchain({ quiet: true });
    const url = await api.start();
    api.add("flows/instances", {
      slug: "default-authorization",
      name: "a",
      title: "Sign in",
      designation: "authorization",
    });
    api.add("outposts/instances", { name: "embedded", type: "proxy", config: {}, providers: [] });
    mkdirSync(join(folder, "state"));
    symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "index.ts"), program);
    writeFileSync(join(folder, "package.json"), '{ "main": "index.ts" }');
    const provider = join(repository, "providers", "authentik");
    writeFileSync(
      join(folder, "Pulumi.yaml"),
      [
        "name: test",
        "runtime: { name: nodejs, options: { typescript: false, nodeargs: --import tsx } }",
        "plugins:",
        "  providers:",
        `    - { name: authentik, path: ${provider} }`,
      ].join("\n"),
    );
    variables = {
      ...process.env,
      PATH: `${bin}:${process.env.PATH}`,
      PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "authentik-test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
    await run("stack", "init", "dev");
    await set("url", url);
    await set("redirect", "https://miniflux.lan/callback");
    for (const [key, value] of [
      ["token", api.token],
      ["password", password],
    ] as const) {
      const { status, printed } = await pulumi("config", "set", "--secret", key, value);
      assert.equal(status, 0, printed);
    }
  });
  afterEach(() => assert.deepEqual(api.problems, []));
  after(async () => {
    await api.stop();
    rmSync(folder, { recursive: true });
  });

  it("previews what is not known yet, and changes nothing", async () => {
    const printed = await run("preview", "--diff");
    assert.match(printed, /authentik:index\/application:Application/);
    assert.match(printed, /protocolProvider *: \[unknown\]|protocolProvider: output<|computed/i);
    assert.deepEqual(api.changes, []);
  });

  it("creates everything, and keeps secrets encrypted", async () => {
    await up();
    const [application] = api.objects("core/applications");
    const [client] = api.objects("providers/oauth2");
    assert.equal(application?.provider, client?.pk);
    assert.equal(client?.name, "miniflux");
    assert.equal(api.objects("policies/bindings")[0]?.target, application?.pk);
    assert.deepEqual(api.objects("outposts/instances")[0]?.providers, [
      api.objects("providers/proxy")[0]?.pk,
    ]);
    assert.deepEqual([...api.passwords.values()], [password]);
    const state = await run("stack", "export");
    for (const secret of [api.token, password, clientSecret()]) {
      assert.ok(secret && !state.includes(secret), "a secret is in the state");
    }
    assert.ok((await pulumi("stack", "output", "made")).stdout.includes("[secret]"));
  });

  it("changes nothing when nothing has changed", async () => {
    api.seen.length = 0;
    assert.match(await up(), /unchanged/);
    assert.deepEqual(api.changes, []);
  });

  it("changes a redirect URI in place, and keeps the client's secret", async () => {
    const [before] = api.objects("providers/oauth2").map((each) => ({ ...each }));
    api.seen.length = 0;
    await set("redirect", "https://miniflux.lan/other");
    const preview = await run("preview", "--diff");
    assert.match(preview, /~ authentik:index\/providerOauth2:ProviderOauth2: \(update\)/);
    assert.match(preview, /1 to update/);
    await up();
    const redirect_uris = [{ matching_mode: "strict", url: "https://miniflux.lan/other" }];
    assert.deepEqual(
      api.changes.map(({ method, body }) => [method, body]),
      [["PATCH", { redirect_uris }]],
    );
    assert.deepEqual(api.objects("providers/oauth2"), [{ ...before, redirect_uris }]);
  });

  it("repairs what was changed and makes again what was deleted behind its back", async () => {
    const [user] = api.objects("core/users");
    Object.assign(user ?? {}, { type: "external" });
    api.remove("policies/bindings", api.objects("policies/bindings")[0]);
    Object.assign(api.objects("outposts/instances")[0] ?? {}, { providers: [] });
    const printed = await run("up", "--yes", "--skip-preview", "--refresh");
    assert.match(printed, /2 created/);
    assert.equal(user?.type, "internal");
    assert.equal(api.objects("policies/bindings").length, 1);
    assert.equal((api.objects("outposts/instances")[0]?.providers as number[]).length, 1);
    assert.deepEqual([...api.passwords.values()], [password]);
  });

  it("follows a slug that changes, through a refresh", async () => {
    await set("slug", "feeds");
    await up();
    assert.equal(api.objects("core/applications")[0]?.slug, "feeds");
    await run("refresh", "--yes", "--skip-preview");
    assert.match(await up(), /unchanged/);
    assert.equal(api.objects("core/applications").length, 1);
  });

  it("names the command for an object that exists already, and import takes it over", async () => {
    const [group] = api.objects("core/groups");
    await run(
      "state",
      "delete",
      "--yes",
      "--force",
      "--target-dependents",
      urn("group:Group", "readers"),
    );
    const { status, printed } = await pulumi("up", "--yes", "--skip-preview");
    assert.notEqual(status, 0);
    const command = `pulumi import authentik:index/group:Group readers ${String(group?.pk)}`;
    assert.ok(printed.includes(command), printed);
    await run("config", "set", "importGroup", String(group?.pk));
    api.remove("policies/bindings", api.objects("policies/bindings")[0]);
    api.remove("core/users", api.objects("core/users")[0]);
    await up();
    assert.equal(api.objects("core/groups").length, 1);
    await run("config", "rm", "importGroup");
    assert.match(await up(), /unchanged/);
  });

  it("destroys what it made, and nothing else", async () => {
    await run("destroy", "--yes", "--skip-preview");
    const left = ["core/applications", "core/groups", "core/users", "policies/bindings"];
    for (const each of [...left, "providers/oauth2", "providers/proxy"]) {
      assert.deepEqual(api.objects(each), [], each);
    }
    assert.equal(api.objects("outposts/instances").length, 1);
    assert.deepEqual(api.objects("outposts/instances")[0]?.providers, []);
    const [stateFile] = [join(folder, "state", ".pulumi", "stacks", "test", "dev.json")];
    assert.ok(!readFileSync(stateFile ?? "", "utf8").includes(api.token));
  });

  const urn = (token: string, name: string) =>
    `urn:pulumi:dev::test::authentik:index/${token}::${name}`;
});
