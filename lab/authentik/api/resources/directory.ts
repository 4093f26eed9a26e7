import { randomUUID } from "node:crypto";
import { withParents } from "../../access";
import { newUser } from "../../defaults";
import type { Group, Json, JsonObject, Token, User } from "../../model";
import { randomKey } from "../../passwords";
import { fieldError } from "../errors";
import { keysOf, over, type Resource } from "../resource";
import type { World } from "../world";
import { textOf } from "../../json";

/** What a user looks like inside another object. */
export const partialUser = (user: User): JsonObject => ({
  pk: user.pk,
  username: user.username,
  name: user.name,
  is_active: user.is_active,
  last_login: user.last_login,
  email: user.email,
  attributes: user.attributes,
  uid: user.uid,
});

/** What a group looks like inside another object. */
export const partialGroup = (group: Group, all: readonly Group[]): JsonObject => ({
  pk: group.pk,
  num_pk: group.num_pk,
  name: group.name,
  is_superuser: group.is_superuser,
  parent: group.parent,
  parent_name: all.find(({ pk }) => pk === group.parent)?.name ?? null,
  attributes: group.attributes,
});

const childGroup = (group: Group): JsonObject => ({
  pk: group.pk,
  name: group.name,
  is_superuser: group.is_superuser,
  attributes: group.attributes,
  group_uuid: group.pk,
});

export const groups: Resource<"group"> = {
  kind: "group",
  path: "/core/groups/",
  label: "Group",
  lookup: ({ pk }) => pk,
  key: ({ pk }) => pk,
  unique: { name: "Group with this name already exists." },
  references: { parent: keysOf("group"), roles: () => Promise.resolve([]) },
  search: ["name"],
  filters: {
    members_by_username: async (group, value, world) => {
      const users = await world.all("user");
      return users.some((user) => user.username === value && user.groups.includes(group.pk));
    },
    members_by_pk: async (group, value, world) => {
      const users = await world.all("user");
      return users.some((user) => String(user.pk) === value && user.groups.includes(group.pk));
    },
  },
  async create({ users: _users, children: _children, ...body }, world) {
    const defaults: Group = {
      pk: randomUUID(),
      num_pk: await world.store.nextNumber(),
      name: "",
      is_superuser: false,
      parent: null,
      roles: [],
      attributes: {},
    };
    return over(defaults, body);
  },
  change: (group, { users: _users, children: _children, ...body }) =>
    Promise.resolve({ ...group, ...body }),
  async check(group, world) {
    const above = withParents([group], [group, ...(await world.all("group"))]);
    if (group.parent === group.pk || above.slice(1).some((each) => each.parent === group.pk)) {
      throw fieldError("parent", "Cannot set group as parent of itself.");
    }
  },
  async saved(group, { users: members, children }, world) {
    if (Array.isArray(children)) await setChildren(group, children, world);
    if (!Array.isArray(members)) return;
    const all = await world.all("user");
    for (const pk of members) {
      if (!all.some((user) => user.pk === pk)) {
        throw fieldError("users", `Invalid pk "${textOf(pk)}" - object does not exist.`);
      }
    }
    for (const user of all) await setMember(user, group.pk, members.includes(user.pk), world);
  },
  async removing(group, world) {
    for (const user of await world.all("user")) await setMember(user, group.pk, false, world);
    for (const each of await world.all("group")) {
      if (each.parent === group.pk) await world.put("group", each.pk, { ...each, parent: null });
    }
    await world.store.removeWhere("binding", "group", group.pk);
  },
  async present(group, world) {
    const all = await world.all("group");
    const members = (await world.all("user")).filter((user) => user.groups.includes(group.pk));
    const children = all.filter(({ parent }) => parent === group.pk);
    return {
      ...(group as unknown as JsonObject),
      parent_name: all.find(({ pk }) => pk === group.parent)?.name ?? null,
      users: members.map(({ pk }) => pk),
      users_obj: members.map(partialUser),
      roles_obj: [],
      children: children.map(({ pk }) => pk),
      children_obj: children.map(childGroup),
    };
  },
};

async function setChildren(group: Group, children: readonly Json[], world: World): Promise<void> {
  for (const each of await world.all("group")) {
    if ((each.parent === group.pk) === children.includes(each.pk)) continue;
    const parent = children.includes(each.pk) ? group.pk : null;
    await world.put("group", each.pk, { ...each, parent });
  }
}

/** Adds a user to a group or removes them from it. */
export async function setMember(
  user: User,
  group: string,
  member: boolean,
  world: World,
): Promise<void> {
  if (user.groups.includes(group) === member) return;
  const others = user.groups.filter((pk) => pk !== group);
  await world.put("user", String(user.pk), {
    ...user,
    groups: member ? [...others, group] : others,
  });
}

export const users: Resource<"user"> = {
  kind: "user",
  path: "/core/users/",
  label: "User",
  lookup: ({ pk }) => String(pk),
  key: ({ pk }) => String(pk),
  unique: { username: "This field must be unique." },
  references: { groups: keysOf("group") },
  search: ["username", "name", "email", "uuid"],
  filters: {
    is_superuser: async (user, value, world) =>
      String((await world.subjectOf(user)).allGroups.some((group) => group.is_superuser)) ===
      value.toLowerCase(),
    groups_by_pk: (user, value) => user.groups.includes(value),
    groups_by_name: async (user, value, world) =>
      (await world.all("group")).some(({ pk, name }) => name === value && user.groups.includes(pk)),
    path_startswith: (user, value) => user.path.startsWith(value),
  },
  create: async (body, world) =>
    over(
      newUser(await world.store.nextNumber(), world.settings.secretKey, { username: "", name: "" }),
      body,
    ),
  change: (user, body) =>
    Promise.resolve({ ...user, ...body, last_updated: new Date().toISOString() }),
  check(user) {
    if (/^\/|\/$|\/\//.test(user.path)) {
      throw fieldError("path", "No empty segments in user path allowed.");
    }
    return Promise.resolve();
  },
  async removing(user, world) {
    await world.store.removeWhere("token", "user", String(user.pk));
    await world.store.removeWhere("binding", "user", String(user.pk));
    await world.store.removeWhere("artifact", "accountId", String(user.pk));
  },
  present: presentUser,
};

async function presentUser(user: User, world: World): Promise<JsonObject> {
  const { password: _, ...shown } = user;
  const { groups: own, allGroups } = await world.subjectOf(user);
  const all = await world.all("group");
  return {
    ...(shown as unknown as JsonObject),
    is_superuser: allGroups.some((group) => group.is_superuser),
    groups_obj: own.map((group) => partialGroup(group, all)),
    avatar: "/static/dist/assets/images/user_default.png",
  };
}

export const tokens: Resource<"token"> = {
  kind: "token",
  path: "/core/tokens/",
  label: "Token",
  lookup: ({ identifier }) => identifier,
  key: ({ pk }) => pk,
  unique: { identifier: "Token with this identifier already exists." },
  references: { user: keysOf("user") },
  search: ["identifier", "description"],
  filters: {
    user__username: async (token, value, world) =>
      (await world.all("user")).some(({ pk, username }) => pk === token.user && username === value),
  },
  create(body, world) {
    const defaults: Token = {
      pk: randomUUID(),
      managed: null,
      identifier: "",
      intent: "verification",
      user: world.caller.user.pk,
      description: "",
      expires: null,
      expiring: true,
      key: randomKey(60),
    };
    const token = over(defaults, body);
    const soon = new Date(Date.now() + 30 * 60 * 1000).toISOString();
    const expires = token.expiring ? (token.expires ?? soon) : null;
    return Promise.resolve({ ...token, expires });
  },
  async present({ key: _, ...token }, world) {
    const user = (await world.all("user")).find(({ pk }) => pk === token.user)!;
    return { ...token, user_obj: await presentUser(user, world) };
  },
};
