import assert from "node:assert/strict";
import { IncompleteError } from "../../../providers/plugin/contract";
import type { AuthentikProvider } from "../../../providers/authentik/provider";
import { UNKNOWN, type Properties } from "../../../providers/plugin/values";
import { checked, connect, create, urnOf, useApi } from "./harness";
import { OTHER, UUID } from "./samples";

const USER = "user:User";
const TOKEN = "token:Token";
const OUTPOST = "outpost:Outpost";

describe("what is particular to some of Authentik's resources", () => {
  const api = useApi();
  let provider: AuthentikProvider;
  before(() => (provider = connect(api)));

  const update = async (
    token: string,
    made: Awaited<ReturnType<typeof create>>,
    news: Properties,
  ) =>
    provider.update(made.id, urnOf(token), made.state, made.inputs, checked(provider, token, news));

  it("a password is set when it is given and whenever it changes, and not otherwise", async () => {
    const made = await create(provider, USER, { username: "anna", password: "first-password" });
    const pk = Number(made.id);
    assert.equal(api.passwords.get(pk), "first-password");
    api.seen.length = 0;
    const { properties } = await update(USER, made, { username: "anna", password: "second-one" });
    assert.equal(api.passwords.get(pk), "second-one");
    assert.equal(properties.password, "second-one");
    assert.deepEqual(
      api.changes.map(({ path }) => path),
      [`/api/v3/core/users/${pk}/set_password/`],
    );
    const found = await provider.read(made.id, urnOf(USER), properties, made.inputs);
    assert.equal(found?.properties.password, "first-password");
  });

  it("a user whose password is refused is kept, and gets it in the next run", async () => {
    api.fail(({ path }) =>
      path.endsWith("/set_password/")
        ? { status: 400, body: { password: ["Password may not be blank-secret."] } }
        : undefined,
    );
    const news = { username: "anna", password: "blank-secret" };
    const error = await create(provider, USER, news).catch((each: unknown) => each);
    assert.ok(error instanceof IncompleteError);
    assert.match(error.message, /password: Password may not be \[secret\]/);
    assert.equal(error.state.properties.password, undefined);
    api.fail();
    const { id, properties } = error.state;
    const inputs = checked(provider, USER, news);
    await provider.update(id, urnOf(USER), properties, inputs, inputs);
    assert.equal(api.passwords.get(Number(id)), "blank-secret");
  });

  it("members of a group and groups of a user are left alone where they are not given", async () => {
    const made = await create(provider, USER, { username: "anna" });
    const [entry] = api.objects("core/users");
    Object.assign(entry ?? {}, { groups: [UUID] });
    const found = await provider.read(made.id, urnOf(USER), made.state, made.inputs);
    assert.deepEqual(found?.properties.groups, [UUID]);
    assert.deepEqual(found?.inputs, made.inputs);
    await update(USER, made, { username: "anna", name: "Anna" });
    assert.deepEqual(entry?.groups, [UUID]);
  });

  it("lists are sets: another order is no change", async () => {
    const made = await create(provider, USER, { username: "anna", groups: [UUID, OTHER] });
    Object.assign(api.objects("core/users")[0] ?? {}, { groups: [OTHER, UUID] });
    const found = await provider.read(made.id, urnOf(USER), made.state, made.inputs);
    assert.deepEqual(found?.inputs, made.inputs);
  });

  it("a client's secret that is not given is Authentik's, and is kept", async () => {
    const token = "providerOauth2:ProviderOauth2";
    const inputs = { clientId: "m", authorizationFlow: UUID, invalidationFlow: UUID };
    const made = await create(provider, token, inputs);
    const secret = made.state.clientSecret;
    assert.match(String(secret), /^generated-/);
    const { properties } = await update(token, made, { ...inputs, clientType: "public" });
    assert.equal(properties.clientSecret, secret);
    assert.ok(provider.secretsOf(urnOf(token)).includes("clientSecret"));
  });

  it("an application keeps its icon's address, and can be renamed", async () => {
    const token = "application:Application";
    const icon = { metaIcon: "https://m.lan/icon.png" };
    const made = await create(provider, token, { slug: "miniflux", ...icon });
    assert.equal(made.state.metaIcon, icon.metaIcon);
    assert.equal(made.state.name, "test");
    const news = checked(provider, token, { slug: "feeds", ...icon });
    const { properties } = await provider.update(
      made.id,
      urnOf(token),
      made.state,
      made.inputs,
      news,
    );
    assert.equal(properties.slug, "feeds");
    // Pulumi still knows the old id.
    const found = await provider.read(made.id, urnOf(token), properties, news);
    assert.equal(found?.id, "feeds");
    await provider.delete(made.id, urnOf(token), properties);
    assert.deepEqual(api.objects("core/applications"), []);
  });

  it("an outpost takes Authentik's own settings, unless there are others", async () => {
    const made = await create(provider, OUTPOST, { name: "o", protocolProviders: [] });
    assert.equal(made.state.config, '{"log_level":"info"}');
    const config = '{"log_level": "debug"}';
    await create(provider, OUTPOST, { name: "p", protocolProviders: [], config });
    assert.deepEqual(api.objects("outposts/instances")[1]?.config, { log_level: "debug" });
  });

  describe("the token that Authentik makes for an outpost", () => {
    const identifier = `ak-outpost-${UUID}-api`;
    const inputs = { identifier, user: 5, key: "the-key-of-the-outpost" };
    const add = () =>
      api.add("core/tokens", {
        identifier,
        user: 5,
        expiring: false,
        description: "Autogenerated",
      });

    it("is adopted: its key is set, and nothing else", async () => {
      const entry = { ...add() };
      const made = await create(provider, TOKEN, inputs);
      assert.equal(api.keys.get(identifier), inputs.key);
      assert.equal(made.state.key, inputs.key);
      assert.deepEqual(api.objects("core/tokens"), [entry]);
      const found = await provider.read(made.id, urnOf(TOKEN), made.state, made.inputs);
      assert.deepEqual(found?.inputs, made.inputs);
      await update(TOKEN, made, { ...inputs, key: "another-key" });
      assert.equal(api.keys.get(identifier), "another-key");
      assert.deepEqual(
        api.changes.map(({ path }) => path.split("/").at(-2)),
        ["set_key", "set_key"],
      );
    });

    it("is Authentik's to delete", async () => {
      const entry = add();
      const made = await create(provider, TOKEN, inputs);
      await provider.delete(made.id, urnOf(TOKEN), made.state);
      assert.deepEqual(api.objects("core/tokens"), [entry]);
    });

    it("is another one for another outpost", () => {
      const news = { ...inputs, identifier: `ak-outpost-${OTHER}-api` };
      const differences = provider.diff(urnOf(TOKEN), inputs, news);
      assert.deepEqual(differences, [{ property: "identifier", change: "update", replaces: true }]);
    });

    it("must have been made", async () => {
      await assert.rejects(create(provider, TOKEN, inputs), /Let it depend on the outpost\.$/);
      assert.deepEqual(api.changes, []);
    });
  });

  it("a token's key is read where that is asked for", async () => {
    const made = await create(provider, TOKEN, { identifier: "ci", user: 5, retrieveKey: true });
    assert.equal(made.state.key, "made-by-authentik");
    assert.ok(Number(made.state.expiresIn) > 0);
    const silent = await create(provider, TOKEN, { identifier: "other", user: 5 });
    assert.equal(silent.state.key, "");
    assert.ok(!api.seen.some(({ path }) => path.includes("other/view_key")));
  });

  it("a drift of a token's key is found where it is read", async () => {
    const given = { identifier: "ci", user: 5, retrieveKey: true, key: "chosen-key" };
    const made = await create(provider, TOKEN, given);
    api.keys.set("ci", "stolen-key");
    const found = await provider.read(made.id, urnOf(TOKEN), made.state, made.inputs);
    assert.equal(found?.inputs.key, "stolen-key");
    await provider.update(
      made.id,
      urnOf(TOKEN),
      found?.properties ?? {},
      found?.inputs ?? {},
      made.inputs,
    );
    assert.equal(api.keys.get("ci"), "chosen-key");
  });

  describe("inputs that cannot be right are refused before anything is asked", () => {
    for (const [what, token, news, property, reason] of [
      ["a missing one", "application:Application", {}, "slug", /is required/],
      ["an unknown one", "group:Group", { nme: "x" }, "nme", /no property of the group/],
      ["a wrong type", "group:Group", { users: 7 }, "users", /must be a list/],
      ["a wrong element", "group:Group", { users: ["x"] }, "users", /each must be a number/],
      ["a wrong value", OUTPOST, { type: "ssh", protocolProviders: [] }, "type", /one of proxy, /],
      ["no JSON", "group:Group", { attributes: "{" }, "attributes", /must be a JSON object/],
      [
        "no time",
        TOKEN,
        { identifier: "x", user: 1, expires: "soon" },
        "expires",
        /must be a time/,
      ],
      [
        "no duration",
        "providerProxy:ProviderProxy",
        {
          authorizationFlow: UUID,
          invalidationFlow: UUID,
          externalHost: "https://x",
          accessTokenValidity: "5 min",
        },
        "accessTokenValidity",
        /must be a duration such as hours=1;minutes=30/,
      ],
      [
        "one that is gone",
        "providerProxy:ProviderProxy",
        { authorizationFlow: UUID, invalidationFlow: UUID, externalHost: "x", jwksSources: [UUID] },
        "jwksSources",
        /Use jwtFederationSources/,
      ],
    ] as const) {
      it(what, () => {
        const { failures } = provider.check(urnOf(token), news);
        assert.deepEqual(
          failures.map((each) => each.property),
          [property],
        );
        assert.match(failures[0]?.reason ?? "", reason);
      });
    }

    it("ids may be text or numbers", () => {
      const inputs = { slug: "m", protocolProvider: "7", backchannelProviders: ["8", UNKNOWN] };
      const { protocolProvider, backchannelProviders } = checked(
        provider,
        "application:Application",
        inputs,
      );
      assert.deepEqual([protocolProvider, backchannelProviders], [7, [8, UNKNOWN]]);
    });
  });

  describe("settings", () => {
    it("come from the environment where they are not given", () => {
      process.env.AUTHENTIK_URL = "https://authentik.lan";
      try {
        const { inputs, failures } = provider.checkConfig({ token: "t" });
        assert.deepEqual(failures, []);
        assert.equal(inputs.url, "https://authentik.lan");
      } finally {
        delete process.env.AUTHENTIK_URL;
      }
    });

    it("are refused where they cannot be right", () => {
      const { failures } = provider.checkConfig({ url: "authentik", token: "a\nb", headers: "x" });
      assert.deepEqual(
        failures.map(({ property }) => property),
        ["url", "token", "headers"],
      );
      const missing = provider.checkConfig({}).failures.map(({ property }) => property);
      assert.deepEqual(missing, ["url", "token"]);
    });
  });

  describe("look-ups", () => {
    const call = (name: string, args: Properties) =>
      provider.invoke(`authentik:index/${name}:${name}`, args);

    it("find a flow by slug, and say what is missing", async () => {
      const flow = { slug: "default-x", name: "x", title: "X", designation: "authorization" };
      const { pk } = api.add("flows/instances", flow);
      assert.equal((await call("getFlow", { slug: "default-x" })).id, pk);
      await assert.rejects(
        call("getFlow", { slug: "nothing" }),
        /^Error: Unable to call getFlow: Authentik has no flow with slug nothing\. /,
      );
      await assert.rejects(call("getFlow", {}), /the flow is not said/);
    });

    it("find scope mappings in the order of what was asked for", async () => {
      const add = (name: string) =>
        api.add("propertymappings/provider/scope", {
          name,
          scope_name: name,
          expression: "return {}",
          managed: `goauthentik.io/providers/oauth2/scope-${name}`,
        });
      const [email, openid] = [add("email"), add("openid")];
      const managedLists = [openid, email].map(({ managed }) => managed);
      const found = await call("getPropertyMappingProviderScope", { managedLists });
      assert.deepEqual(found.ids, [openid.pk, email.pk]);
      const one = await call("getPropertyMappingProviderScope", { managed: email.managed });
      assert.equal(one.id, email.pk);
      assert.equal(one.scopeName, "email");
      const missing = call("getPropertyMappingProviderScope", {
        managedLists: ["x", openid.managed],
      });
      await assert.rejects(missing, /no scope mapping with managed x/);
    });

    it("find a certificate, with its key only where that is asked for", async () => {
      const { pk } = api.add("crypto/certificatekeypairs", { name: "signing" });
      const name = "signing";
      const found = await call("getCertificateKeyPair", { name });
      assert.equal(found.id, pk);
      assert.match(String(found.keyData), /view_private_key/);
      const plain = await call("getCertificateKeyPair", { name, fetchKey: false });
      assert.equal(plain.keyData, "");
    });

    it("find a group, a user and an outpost", async () => {
      const group = api.add("core/groups", { name: "readers", is_superuser: true });
      assert.equal((await call("getGroup", { name: "readers" })).id, group.pk);
      assert.equal((await call("getGroup", { pk: group.pk })).isSuperuser, true);
      const user = api.add("core/users", { username: "anna", name: "Anna" });
      assert.equal((await call("getUser", { username: "anna" })).pk, user.pk);
      assert.equal((await call("getUser", { pk: user.pk })).name, "Anna");
      const outpost = { name: "o", type: "proxy", config: {}, providers: [] };
      const { pk } = api.add("outposts/instances", outpost);
      assert.equal((await call("getOutpost", { name: "o" })).id, pk);
      assert.equal((await call("getOutpost", { id: pk })).name, "o");
    });

    it("an unknown function is named", async () => {
      await assert.rejects(call("getNothing", {}), /has no such function/);
    });
  });
});
