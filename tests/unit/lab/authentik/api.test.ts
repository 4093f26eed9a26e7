import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import type { Json, JsonObject } from "../../../../lab/authentik/model";
import { application, defaults, openIdClient, person } from "./setup";
import { AUTHENTIK, Browser, PASSWORD, startStandIn, type StandIn } from "./standIn";
import { textOf } from "../../../../lab/authentik/json";

const unknown = "5f1d3c4e-0000-4000-8000-000000000000";

describe("the API of the lab's Authentik", () => {
  let standIn: StandIn;
  before(async () => {
    standIn = await startStandIn();
  });
  after(() => standIn.close());

  const names = async (path: string, field = "name") => {
    const { results } = (await standIn.api("GET", path)).body;
    return (results as JsonObject[]).map((each) => each[field]);
  };

  it("has what a new Authentik has, with ids of its own", async () => {
    const outpost = await standIn.one(
      "/outposts/instances/?name__iexact=authentik embedded outpost",
    );
    assert.deepEqual(
      [outpost.managed, outpost.type, outpost.providers],
      ["goauthentik.io/outposts/embedded", "proxy", []],
    );
    const admin = await standIn.one("/core/users/?username=akadmin");
    assert.equal(admin.is_superuser, true);
    assert.deepEqual(
      (admin.groups_obj as JsonObject[]).map(({ name }) => name),
      ["authentik Admins"],
    );
    const other = await startStandIn();
    assert.notEqual(
      (await other.one("/core/brands/")).brand_uuid,
      (await standIn.one("/core/brands/")).brand_uuid,
    );
    await other.close();
    const { default_locale, ...brand } = (await standIn.api("GET", "/core/brands/current/")).body;
    assert.equal(default_locale, "");
    assert.equal(brand.flow_authentication, "default-authentication-flow");
  });

  it("lets no one in without a valid token", async () => {
    const detail = async (token: string | null) => {
      const { status, body } = await standIn.api("GET", "/core/groups/", undefined, token);
      return [status, body.detail];
    };
    assert.deepEqual(await detail(null), [403, "Authentication credentials were not provided."]);
    assert.deepEqual(await detail("guess"), [403, "Token invalid/expired"]);
  });

  it("lets users without rights see and change nothing", async () => {
    const user = await person(standIn, "ordinary");
    await standIn.create("/core/tokens/", { identifier: "ordinary", intent: "api", user: user.pk });
    const { key } = (await standIn.api("GET", "/core/tokens/ordinary/view_key/")).body;
    const as = (method: string, path: string, body?: object) =>
      standIn.api(method, path, body, textOf(key));
    assert.deepEqual((await as("GET", "/core/users/")).body.results, []);
    assert.equal((await as("GET", `/core/users/${textOf(user.pk)}/`)).status, 404);
    assert.equal((await as("POST", "/core/groups/", { name: "mine" })).status, 403);
    assert.equal((await as("GET", "/core/tokens/ordinary/view_key/")).status, 403);
    const { body } = await as("GET", "/core/users/me/");
    assert.equal((body.user as JsonObject).username, "ordinary");
  });

  it("says which fields are wrong", async () => {
    const wrong = async (path: string, body: object) => {
      const answer = await standIn.api("POST", path, body);
      assert.equal(answer.status, 400, JSON.stringify(answer.body));
      return answer.body;
    };
    assert.deepEqual(await wrong("/core/groups/", {}), { name: ["This field is required."] });
    assert.deepEqual(await wrong("/core/groups/", { name: "" }), {
      name: ["This field may not be blank."],
    });
    await standIn.create("/core/groups/", { name: "twice" });
    assert.deepEqual(await wrong("/core/groups/", { name: "twice" }), {
      name: ["Group with this name already exists."],
    });
    assert.deepEqual(
      await wrong("/policies/bindings/", { target: unknown, group: unknown, order: 0 }),
      {
        target: [`Invalid pk "${unknown}" - object does not exist.`],
        group: [`Invalid pk "${unknown}" - object does not exist.`],
      },
    );
    const { signing_key: _, scopes: __, ...flows } = await defaults(standIn);
    const client = { name: "wrong", redirect_uris: [], ...flows };
    assert.deepEqual(Object.keys(await wrong("/providers/oauth2/", { ...client, colour: "red" })), [
      "colour",
    ]);
    assert.deepEqual(
      Object.keys(await wrong("/providers/oauth2/", { ...client, access_token_validity: "soon" })),
      ["access_token_validity"],
    );
    const expression = "return request.user.groups.filter(name='x')";
    const mapping = { name: "m", scope_name: "m", expression };
    assert.deepEqual(Object.keys(await wrong("/propertymappings/provider/scope/", mapping)), [
      "expression",
    ]);
  });

  it("says that there is no such object, page or path", async () => {
    const detail = async (path: string) => {
      const { status, body } = await standIn.api("GET", path);
      return [status, body.detail];
    };
    assert.deepEqual(await detail(`/core/groups/${unknown}/`), [
      404,
      "No Group matches the given query.",
    ]);
    assert.deepEqual(await detail("/core/applications/nothing/"), [
      404,
      "No Application matches the given query.",
    ]);
    assert.deepEqual(await detail("/core/groups/?page=9"), [404, "Invalid page."]);
    assert.equal((await detail("/core/nothing/"))[0], 404);
    assert.equal((await standIn.api("DELETE", "/core/groups/")).status, 405);
  });

  it("pages, filters, searches and orders lists", async () => {
    for (const name of ["page-c", "page-a", "page-b"])
      await standIn.create("/core/groups/", { name });
    assert.deepEqual(await names("/core/groups/?name=page-a"), ["page-a"]);
    assert.deepEqual(await names("/core/groups/?search=PAGE-"), ["page-c", "page-a", "page-b"]);
    const path = "/core/groups/?search=page-&ordering=-name&page_size=2&page=2";
    const { results, pagination } = (await standIn.api("GET", path)).body;
    assert.deepEqual(
      (results as JsonObject[]).map(({ name }) => name),
      ["page-a"],
    );
    assert.deepEqual(pagination, {
      next: 0,
      previous: 1,
      count: 3,
      current: 2,
      total_pages: 2,
      start_index: 3,
      end_index: 3,
    });
  });

  it("keeps members of groups in one place, and takes bindings along", async () => {
    const group = await standIn.create("/core/groups/", { name: "crew" });
    const user = await person(standIn, "carl", [group]);
    const read = async () => (await standIn.api("GET", `/core/groups/${textOf(group.pk)}/`)).body;
    assert.deepEqual((await read()).users, [user.pk]);
    await standIn.api("PATCH", `/core/groups/${textOf(group.pk)}/`, { users: [] });
    assert.deepEqual((await read()).users, []);
    const { application: app } = await openIdClient(standIn, "crewed", {}, [group]);
    const bindings = () => standIn.api("GET", `/policies/bindings/?target=${textOf(app.pk)}`);
    assert.equal(((await bindings()).body.results as Json[]).length, 1);
    assert.equal((await standIn.api("DELETE", `/core/groups/${textOf(group.pk)}/`)).status, 204);
    assert.equal(((await bindings()).body.results as Json[]).length, 0);
  });

  it("forgets a deleted provider everywhere", async () => {
    const { provider, application: app } = await openIdClient(standIn, "passing");
    assert.equal((app.provider_obj as JsonObject).assigned_application_slug, "passing");
    const path = `/providers/oauth2/${textOf(provider.pk)}/`;
    assert.equal((await standIn.api("DELETE", path)).status, 204);
    const { body } = await standIn.api("GET", "/core/applications/passing/");
    assert.deepEqual([body.provider, body.provider_obj], [null, null]);
  });

  it("gives an outpost a user and a token, with which it sees its own providers", async () => {
    const { authorization_flow, invalidation_flow } = await defaults(standIn);
    const flows = { authorization_flow, invalidation_flow };
    const provider = await standIn.create("/providers/ldap/", {
      name: "ldap",
      base_dn: "dc=home",
      ...flows,
    });
    await standIn.create("/providers/ldap/", { name: "other", ...flows });
    await application(standIn, "ldap", provider);
    const body = { name: "ldap", type: "ldap", providers: [provider.pk], config: {} };
    const outpost = await standIn.create("/outposts/instances/", body);
    const token = `/core/tokens/${textOf(outpost.token_identifier)}`;
    assert.equal(
      (await standIn.api("POST", `${token}/set_key/`, { key: "outpost-key" })).status,
      204,
    );
    const seen = await standIn.api("GET", "/outposts/ldap/", undefined, "outpost-key");
    const [only, ...rest] = seen.body.results as JsonObject[];
    assert.deepEqual([only!.base_dn, only!.application_slug, rest], ["dc=home", "ldap", []]);
    const mixed = await standIn.api("PATCH", `/outposts/instances/${textOf(outpost.pk)}/`, {
      type: "radius",
    });
    assert.deepEqual(Object.keys(mixed.body), ["providers"]);
    await standIn.api("DELETE", `/outposts/instances/${textOf(outpost.pk)}/`);
    assert.equal(
      (await standIn.api("GET", "/outposts/ldap/", undefined, "outpost-key")).status,
      403,
    );
  });

  it("refuses what the official schema does not allow it to answer", async () => {
    const [brand] = await standIn.store.list("brand");
    await standIn.store.put("brand", brand!.brand_uuid, { ...brand!, colour: "red" });
    assert.equal((await standIn.api("GET", "/core/brands/")).status, 500);
    assert.match(
      standIn.log.join(),
      /GET \/core\/brands\/: the answer breaks Authentik's schema.*colour/,
    );
    await standIn.store.put("brand", brand!.brand_uuid, brand!);
  });

  it("makes links that let a user choose a password, once", async () => {
    const user = await person(standIn, "recovering");
    const path = `/core/users/${textOf(user.pk)}/recovery/`;
    assert.deepEqual((await standIn.api("POST", path)).body, {
      non_field_errors: ["No recovery flow set."],
    });
    const flow = await standIn.create("/flows/instances/", {
      slug: "recovery",
      name: "Recovery",
      title: "Choose a password",
      designation: "recovery",
    });
    const brand = await standIn.one("/core/brands/");
    await standIn.api("PATCH", `/core/brands/${textOf(brand.brand_uuid)}/`, {
      flow_recovery: flow.pk,
    });
    const link = textOf((await standIn.api("POST", path)).body.link);
    assert.match(link, /^https:\/\/auth\.home\.example\/if\/flow\/recovery\/\?flow_token=/);
    const browser = new Browser(standIn.port);
    await browser.open(link);
    const { text } = await browser.submit({ password: "chosen", password_repeat: "chosen" });
    assert.match(text, /signed in as recovering/);
    assert.match((await browser.open(link)).text, /has been used/);
    const again = new Browser(standIn.port);
    await again.open(`${AUTHENTIK}/`);
    assert.match((await again.signIn("recovering", "chosen")).text, /My applications/);
  });

  it("signs everyone out whose password is set", async () => {
    const browser = new Browser(standIn.port);
    await browser.open(`${AUTHENTIK}/`);
    await browser.signIn("akadmin", PASSWORD);
    assert.equal(browser.url.pathname, "/if/user/");
    const { pk } = await standIn.one("/core/users/?username=akadmin");
    await standIn.api("POST", `/core/users/${textOf(pk)}/set_password/`, { password: "new one" });
    await browser.open(`${AUTHENTIK}/`);
    assert.equal(browser.url.pathname, "/if/flow/default-authentication-flow/");
  });
});
