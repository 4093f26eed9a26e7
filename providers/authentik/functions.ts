import type { Apis } from "./client";
import { ApiError } from "./errors";
import type { Properties } from "../plugin/values";

type LookUp = (apis: Apis, args: Properties) => Promise<Properties>;

/** What can be looked up, by token. */
export const FUNCTIONS: Readonly<Record<string, LookUp>> = {
  "authentik:index/getFlow:getFlow": async ({ flows }, args) => {
    const { slug, designation } = args as { slug?: string; designation?: "authentication" };
    const { results } = await flows.flowsInstancesList({ slug, designation });
    const flow = only("flow", args, results);
    const { pk: id, name, title, authentication = "none" } = flow;
    return { id, name, title, authentication, slug: flow.slug, designation: flow.designation };
  },

  "authentik:index/getCertificateKeyPair:getCertificateKeyPair": async ({ crypto }, args) => {
    const { name } = args as { name?: string };
    const { fetchCertificate = true, fetchKey = true } = args;
    const { results } = await crypto.cryptoCertificatekeypairsList({ name });
    const pair = only("certificate", args, results);
    const kpUuid = pair.pk;
    const text = async (wanted: unknown, read: () => Promise<{ data: string }>) =>
      wanted ? `${(await read()).data}\n` : "";
    return {
      id: pair.pk,
      name: pair.name,
      expiry: pair.certExpiry?.toISOString() ?? "",
      subject: pair.certSubject ?? "",
      fingerprint1: pair.fingerprintSha1 ?? "",
      fingerprint256: pair.fingerprintSha256 ?? "",
      fetchCertificate,
      fetchKey,
      certificateData: await text(fetchCertificate, () =>
        crypto.cryptoCertificatekeypairsViewCertificateRetrieve({ kpUuid }),
      ),
      keyData: await text(fetchKey && pair.privateKeyAvailable, () =>
        crypto.cryptoCertificatekeypairsViewPrivateKeyRetrieve({ kpUuid }),
      ),
    };
  },

  "authentik:index/getPropertyMappingProviderScope:getPropertyMappingProviderScope": async (
    { mappings },
    args,
  ) => {
    const { name, managed, managedLists, scopeName } = args as {
      name?: string;
      managed?: string;
      managedLists?: string[];
      scopeName?: string;
    };
    const wanted = managedLists ?? (managed === undefined ? undefined : [managed]);
    const { results } = await mappings.propertymappingsProviderScopeList({
      name,
      scopeName,
      managed: wanted,
      pageSize: 500,
    });
    const missing = managedLists?.filter(
      (each) => !results.some((found) => found.managed === each),
    );
    if (missing && missing.length > 0) throw nothing("scope mapping", { managed: missing });
    // In the order that was asked for, so that a list made of them stays the same.
    const ids = (managedLists ?? []).flatMap((each) =>
      results.filter((found) => found.managed === each).map(({ pk }) => pk),
    );
    const mapping = only("scope mapping", args, results);
    return {
      id: managedLists ? "-1" : mapping.pk,
      ids: managedLists ? ids : results.map(({ pk }) => pk),
      managed,
      managedLists,
      name: mapping.name,
      scopeName: mapping.scopeName,
      expression: mapping.expression,
      description: mapping.description ?? "",
    };
  },

  "authentik:index/getGroup:getGroup": async ({ core }, args) => {
    const {
      pk,
      name,
      includeUsers = true,
    } = args as {
      pk?: string;
      name?: string;
      includeUsers?: boolean;
    };
    const group = pk
      ? await core.coreGroupsRetrieve({ groupUuid: pk, includeUsers })
      : only("group", args, (await core.coreGroupsList({ name, includeUsers })).results);
    return {
      id: group.pk,
      pk: group.pk,
      numPk: group.numPk,
      name: group.name,
      includeUsers,
      isSuperuser: group.isSuperuser ?? false,
      parent: group.parent ?? "",
      parentName: group.parentName ?? "",
      attributes: JSON.stringify(group.attributes ?? {}),
      users: group.users ?? [],
      usersObjs: (group.usersObj ?? []).map((user) => ({
        attributes: JSON.stringify(user.attributes ?? {}),
        email: user.email ?? "",
        isActive: user.isActive ?? true,
        lastLogin: user.lastLogin?.toISOString() ?? "",
        name: user.name,
        pk: user.pk,
        uid: user.uid,
        username: user.username,
      })),
    };
  },

  "authentik:index/getUser:getUser": async ({ core }, args) => {
    const { pk, username } = args as { pk?: number; username?: string };
    const user = pk
      ? await core.coreUsersRetrieve({ id: pk })
      : only("user", args, (await core.coreUsersList({ username })).results);
    return {
      id: String(user.pk),
      pk: user.pk,
      username: user.username,
      name: user.name,
      email: user.email ?? "",
      type: user.type ?? "internal",
      path: user.path ?? "users",
      uid: user.uid,
      uuid: user.uuid,
      avatar: user.avatar,
      attributes: JSON.stringify(user.attributes ?? {}),
      groups: user.groups ?? [],
      isActive: user.isActive ?? true,
      isSuperuser: user.isSuperuser,
      dateJoined: user.dateJoined.toISOString(),
      lastLogin: user.lastLogin?.toISOString() ?? "",
    };
  },

  "authentik:index/getOutpost:getOutpost": async ({ outposts }, args) => {
    const { id, name } = args as { id?: string; name?: string };
    const outpost = id
      ? await outposts.outpostsInstancesRetrieve({ uuid: id })
      : only("outpost", args, (await outposts.outpostsInstancesList({ nameIexact: name })).results);
    return { id: outpost.pk, name: outpost.name };
  },
};

/** The first of what was found, which must be something that was asked for. */
function only<T>(what: string, args: Properties, results: readonly T[]): T {
  const asked = Object.entries(args).filter(([, value]) => typeof value !== "boolean");
  if (asked.length === 0) throw new ApiError(`the ${what} is not said. Give its name or slug`);
  const [first] = results;
  if (first === undefined) throw nothing(what, Object.fromEntries(asked));
  return first;
}

function nothing(what: string, asked: Properties): ApiError {
  const said = Object.entries(asked).map(([name, value]) => `${name} ${String(value)}`);
  const when = "A new Authentik makes its own within a minute of its first start";
  return new ApiError(`Authentik has no ${what} with ${said.join(" and ")}. ${when}`);
}
