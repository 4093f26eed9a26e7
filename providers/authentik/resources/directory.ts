import type * as api from "@goauthentik/api/dist/esm/index";
import { resource } from "../resource";

export const group = resource<api.GroupRequest, api.Group>({
  what: "group",
  name: "name",
  unique: ["name"],
  nullable: ["parent"],
  computed: ["users"],
  json: ["attributes"],
  id: ({ pk }) => pk,
  create: ({ core }, groupRequest) => core.coreGroupsCreate({ groupRequest }),
  read: ({ core }, groupUuid) => core.coreGroupsRetrieve({ groupUuid }),
  update: ({ core }, groupUuid, patchedGroupRequest) =>
    core.coreGroupsPartialUpdate({ groupUuid, patchedGroupRequest }),
  remove: ({ core }, groupUuid) => core.coreGroupsDestroy({ groupUuid }),
  find: ({ core }, { name }) => core.coreGroupsList({ name, includeUsers: false }),
});

export const user = resource<api.UserRequest, api.User>({
  what: "user",
  name: "username",
  unique: ["username"],
  computed: ["groups"],
  json: ["attributes"],
  apart: ["password"],
  values: { type: ["internal", "external", "service_account", "internal_service_account"] },
  id: ({ pk }) => String(pk),
  create: ({ core }, userRequest) => core.coreUsersCreate({ userRequest }),
  read: ({ core }, id) => core.coreUsersRetrieve({ id: Number(id) }),
  update: ({ core }, id, patchedUserRequest) =>
    core.coreUsersPartialUpdate({ id: Number(id), patchedUserRequest }),
  remove: ({ core }, id) => core.coreUsersDestroy({ id: Number(id) }),
  find: ({ core }, { username }) => core.coreUsersList({ username, includeGroups: false }),
  async follow({ core }, id, { password }, state) {
    if (typeof password !== "string" || password === "" || password === state.password) return;
    const userPasswordSetRequest = { password };
    await core.coreUsersSetPasswordCreate({ id: Number(id), userPasswordSetRequest });
  },
});

/** Names that Authentik gives the tokens which it makes for outposts. */
const OUTPOST_TOKEN = /^ak-outpost-[0-9a-f-]{36}-api$/;

export const token = resource<api.TokenRequest, api.Token>({
  what: "token",
  name: "identifier",
  unique: ["identifier"],
  computed: ["expires"],
  dates: ["expires"],
  apart: ["key", "retrieveKey", "expiresIn"],
  values: { intent: ["verification", "api", "recovery", "app_password"] },
  id: ({ identifier }) => identifier,
  key: ({ identifier }) => identifier,
  foreign: ({ identifier }) => OUTPOST_TOKEN.test(String(identifier)),
  create: ({ core }, tokenRequest) => core.coreTokensCreate({ tokenRequest }),
  read: ({ core }, identifier) => core.coreTokensRetrieve({ identifier }),
  update: ({ core }, identifier, patchedTokenRequest) =>
    core.coreTokensPartialUpdate({ identifier, patchedTokenRequest }),
  remove: ({ core }, identifier) => core.coreTokensDestroy({ identifier }),
  find: ({ core }, { identifier }) => core.coreTokensList({ identifier }),
  async follow({ core }, identifier, { key }, state) {
    if (typeof key !== "string" || key === "" || key === state.key) return;
    await core.coreTokensSetKeyCreate({ identifier, tokenSetKeyRequest: { key } });
  },
  async look({ core }, identifier, { key, retrieveKey }, { expires }) {
    const left = expires ? Math.round((expires.getTime() - Date.now()) / 1000) : 0;
    const known = typeof key === "string" ? key : "";
    const view = retrieveKey ? await core.coreTokensViewKeyRetrieve({ identifier }) : undefined;
    return { expiresIn: left, key: view?.key ?? known };
  },
});
