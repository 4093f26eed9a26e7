import assert from "node:assert/strict";
import { OpenApi } from "../../../lab/authentik/openapi";

const UUID = "3fa85f64-5717-4562-b3fc-2c963f66afa6";

describe("Authentik's official schema", () => {
  let api: OpenApi;
  before(() => (api = new OpenApi()));

  const group = { name: "readers", is_superuser: false, users: [1], attributes: {} };

  it("accepts a request that fits", () => {
    assert.deepEqual(api.validateRequest("POST", "/api/v3/core/groups/", "", group), []);
    assert.deepEqual(api.validateRequest("GET", "/core/groups/", "name=readers&page_size=5"), []);
    assert.deepEqual(api.validateRequest("DELETE", `/core/groups/${UUID}/`), []);
  });

  it("prefers a literal segment to a parameter", () => {
    const match = api.match("GET", "/outposts/instances/default_settings/");
    assert.equal(match?.operation.operationId, "outposts_instances_default_settings_retrieve");
    const other = api.match("GET", `/outposts/instances/${UUID}/`);
    assert.deepEqual(other?.params, { uuid: UUID });
  });

  for (const [what, method, path, query, body, problem] of [
    ["a missing property", "POST", "/core/groups/", "", {}, /^body must have .*'name'$/],
    ["an unknown property", "POST", "/core/groups/", "", { ...group, nme: 1 }, /^body .*\(nme\)$/],
    ["a wrong type", "POST", "/core/groups/", "", { name: 7 }, /^body\/name must be string$/],
    ["a missing body", "POST", "/core/groups/", "", undefined, /^body is missing$/],
    ["a body of a GET", "GET", "/core/groups/", "", {}, /^body is not expected$/],
    ["a wrong path value", "GET", "/core/groups/seven/", "", undefined, /^path\/group_uuid must/],
    ["a wrong query value", "GET", "/core/groups/", "page=x", undefined, /^query\/page must be/],
    ["an unknown query", "GET", "/core/groups/", "pge=1", undefined, /^query .*\(pge\)$/],
    ["an unknown path", "GET", "/core/nothing/", "", undefined, /is not in the schema$/],
    ["an unknown method", "PUT", "/core/groups/", "", group, /is not in the schema$/],
  ] as const) {
    it(`refuses ${what}`, () => {
      const problems = api.validateRequest(method, path, query, body);
      assert.equal(problems.length, 1, problems.join("\n"));
      assert.match(problems[0] ?? "", problem);
    });
  }

  it("checks responses, by status", () => {
    const binding = {
      pk: UUID,
      target: UUID,
      order: 0,
      group: UUID,
      policy: null,
      user: null,
      policy_obj: null,
      user_obj: null,
      group_obj: { pk: UUID, num_pk: 1, name: "readers", parent_name: null },
    };
    const path = `/policies/bindings/${UUID}/`;
    assert.deepEqual(api.validateResponse("GET", path, 200, binding), []);
    const { order: _, ...incomplete } = binding;
    assert.match(api.validateResponse("GET", path, 200, incomplete).join(), /'order'/);
    assert.deepEqual(api.validateResponse("DELETE", path, 204), []);
    assert.deepEqual(api.validateResponse("DELETE", path, 204, {}).length, 1);
    assert.deepEqual(api.validateResponse("GET", path, 404, { detail: "Not found." }), []);
    assert.deepEqual(api.validateResponse("GET", path, 404, { error: "no" }).length, 2);
    assert.deepEqual(api.validateResponse("PATCH", path, 400, { order: ["Required."] }), []);
    assert.deepEqual(api.validateResponse("GET", path, 201, binding).length, 1);
  });

  it("lets text that may be empty be so, with a format or not", () => {
    const user = { username: "anna", name: "", email: "" };
    assert.deepEqual(api.validateRequest("POST", "/core/users/", "", user), []);
    const wrong = { ...user, email: "anna" };
    assert.equal(api.validateRequest("POST", "/core/users/", "", wrong).length > 0, true);
  });
});
