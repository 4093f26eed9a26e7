import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { newUser } from "../../../../lab/authentik/defaults";
import {
  claimNames,
  evaluateExpression,
  ExpressionError,
} from "../../../../lab/authentik/expression";
import type { Group } from "../../../../lab/authentik/model";

const group = (name: string, own: Partial<Group> = {}): Group => ({
  pk: name,
  num_pk: 1,
  name,
  is_superuser: false,
  parent: null,
  roles: [],
  attributes: {},
  ...own,
});
const readers = group("readers", { parent: "people" });
const user = newUser(7, "key", { username: "anna", name: "Anna", email: "anna@home.example" });
const subject = {
  user,
  groups: [readers],
  allGroups: [readers, group("people", { is_superuser: true })],
};

const evaluate = (source: string) => evaluateExpression(source, subject);

describe("property mappings in the lab", () => {
  it("are dicts of literals, attributes and groups", () => {
    const source = `# Who it is
      return {
        "name": request.user.username, # a comment
        'mail': user.email,
        "number": -1.5, "yes": True, "no": False, "none": None,
        "list": ["a", request.user.pk, {"deep": "\\"quoted\\" # text"}],
        "groups": [group.name for group in request.user.ak_groups.all()],
        "new": [g.name for g in request.user.groups.all()],
        "all": [group.name for group in request.user.all_groups()],
      }`;
    assert.deepEqual(evaluate(source), {
      name: "anna",
      mail: "anna@home.example",
      number: -1.5,
      yes: true,
      no: false,
      none: null,
      list: ["a", 7, { deep: '"quoted" # text' }],
      groups: ["readers"],
      new: ["readers"],
      all: ["readers", "people"],
    });
    assert.deepEqual(claimNames('return {"a": 1, "b": {"c": 2}}'), ["a", "b"]);
  });

  it("choose by group", () => {
    const role = (name: string) =>
      evaluate(
        `return {"role": "admin" if ak_is_group_member(request.user, name="${name}") else None}`,
      );
    assert.deepEqual([role("people"), role("others")], [{ role: "admin" }, { role: null }]);
    assert.deepEqual(evaluate('return {"admin": request.user.is_superuser}'), { admin: true });
  });

  it("may be nothing at all", () => {
    assert.deepEqual(evaluate("return {}"), {});
    assert.deepEqual(evaluate("return None"), {});
  });

  for (const source of [
    'return {"a": request.user.password}',
    'return {"a": request.user.attributes.get("b")}',
    "return {x: 1}",
    'return {"a": 1}; import os',
    'return {"a": 1',
    'x = 1\nreturn {"a": x}',
    "return [g.name for g in Group.objects.all()]",
    'return {"a": __import__("os")}',
    "",
  ]) {
    it(`are refused if they are ${JSON.stringify(source)}`, () => {
      assert.throws(() => evaluate(source), ExpressionError);
    });
  }
});
