import type { Recorded } from "../recorder";
import type { Observed, ObservedClient } from "./conformance";
import type { Kind } from "./manifest";

type Resources = ReadonlyMap<string, Recorded>;
type Inputs = Readonly<Record<string, unknown>>;

/** What recorded resources would have an identity provider know. */
export const observers: Readonly<Record<Kind, (resources: Resources) => Observed>> = {
  authentik: (resources) => {
    const all = by(resources);
    const groupNames = new Map(
      all("Group").map(({ name, inputs }) => [`${name}-id`, text(inputs.name)]),
    );
    const mappings = new Map(
      all("PropertyMappingProviderScope").map(({ name, inputs }) => [`${name}-id`, inputs]),
    );
    /** The groups that may use the application of a provider. */
    const allowed = (provider: string) => {
      const application = `${provider.replace(/-provider$/, "")}-application-uuid`;
      return all("PolicyBinding")
        .filter(({ inputs }) => inputs.target === application)
        .map(({ inputs }) => groupNames.get(text(inputs.group))!);
    };
    return {
      groups: table(all("Group"), ({ inputs }) => [
        text(inputs.name),
        { admin: inputs.isSuperuser === true },
      ]),
      users: table(all("User"), ({ inputs }) => [
        text(inputs.username),
        {
          email: text(inputs.email),
          groups: texts(inputs.groups)
            .map((id) => groupNames.get(id)!)
            .sort(),
          hasPassword: inputs.password !== undefined,
        },
      ]),
      clients: table(all("ProviderOauth2"), ({ name, inputs }) => {
        const ids = texts(inputs.propertyMappings);
        const own = ids.flatMap((id): Inputs[] => (mappings.has(id) ? [mappings.get(id)!] : []));
        const builtIn = ids.flatMap((id) => /^id-of-scope-(.*)$/.exec(id)?.[1] ?? []);
        const claims = own.find(({ scopeName }) => scopeName === "openid")!;
        const [, username, groups] =
          /^return \{"([^"]+)": request\.user\.username, "([^"]+)": \[group\.name for group in request\.user\.ak_groups\.all\(\)\]\}$/.exec(
            text(claims.expression),
          )!;
        const application = resources.get(name.replace(/-provider$/, "-application"))!;
        return [
          text(inputs.clientId),
          {
            label: text(application.inputs.name),
            isPublic: inputs.clientType === "public",
            redirectUris: (inputs.allowedRedirectUris as Inputs[]).map(({ url, matching_mode }) =>
              matching_mode === "strict" ? text(url) : "not strict",
            ),
            hasOwnSecret: ownSecret(name, inputs.clientSecret),
            scopes: [...new Set([...builtIn, ...own.map((each) => text(each.scopeName))])].sort(),
            claims: { username: username!, groups: groups! },
            groups: allowed(name),
          },
        ];
      }),
      guarded: table(
        all("ProviderProxy").filter(({ name }) =>
          resources.has(name.replace(/-provider$/, "-outpost")),
        ),
        ({ name, inputs }) => [text(inputs.externalHost), allowed(name)],
      ),
    };
  },

  keycloak: (resources) => {
    const all = by(resources);
    const groupNames = new Map(
      all("Group").map(({ name, inputs }) => [`${name}-id`, text(inputs.name)]),
    );
    const rolesOf = (id: string) =>
      all("GroupRoles")
        .filter(({ inputs }) => inputs.groupId === id)
        .flatMap(({ inputs }) => texts(inputs.roleIds));
    /** The groups whose members pass a flow: those with the role that its condition asks for. */
    const allowed = (inputs: Inputs) => {
      const { browserId } = (inputs.authenticationFlowBindingOverrides ?? {}) as Inputs;
      if (browserId === undefined) return [];
      const flow = text(browserId).replace(/-id$/, "");
      const config = resources.get(`${flow}-lacks-role-config`)!.inputs.config as Inputs;
      const role = all("Role").find(({ inputs: { name } }) => name === config.condUserRole)!;
      return [...groupNames].flatMap(([id, group]) =>
        rolesOf(id).includes(`${role.name}-id`) ? [group] : [],
      );
    };
    const claimOf = (type: string, scope: string) =>
      text(
        all(type).find(({ inputs }) => inputs.clientScopeId === `${scope}-id`)!.inputs.claimName,
      );
    const proxy = [...resources.values()].find(({ name }) => name.endsWith("-site"));
    return {
      groups: table(all("Group"), ({ name, inputs }) => [
        text(inputs.name),
        { admin: rolesOf(`${name}-id`).some((id) => id.includes("admin-role")) },
      ]),
      users: table(all("User"), ({ name, inputs }) => [
        text(inputs.username),
        {
          email: text(inputs.email),
          groups: texts(resources.get(`${name}-groups`)!.inputs.groupIds)
            .map((id) => groupNames.get(id)!)
            .sort(),
          hasPassword: inputs.initialPassword !== undefined,
        },
      ]),
      clients: table(all("Client"), ({ name, inputs }): [string, ObservedClient] => {
        const scopes = texts(resources.get(`${name}-scopes`)!.inputs.defaultScopes);
        const claims = all("ClientScope").find(
          (scope) =>
            scope.inputs.includeInTokenScope === false && scopes.includes(text(scope.inputs.name)),
        )!.name;
        const asked = scopes.filter(
          (scope) => !["basic", "acr", "web-origins"].includes(scope) && !/^nixmox-/.test(scope),
        );
        const isPublic = inputs.accessType === "PUBLIC";
        return [
          text(inputs.clientId),
          {
            label: text(inputs.name),
            isPublic,
            redirectUris: texts(inputs.validRedirectUris),
            hasOwnSecret: ownSecret(name, inputs.clientSecret),
            // Every realm lets every client ask for `offline_access`, and for `openid`.
            scopes: ["openid", ...(isPublic ? ["offline_access"] : []), ...asked].sort(),
            claims: {
              username: claimOf("UserPropertyProtocolMapper", claims),
              groups: claimOf("GroupMembershipProtocolMapper", claims),
            },
            groups: allowed(inputs),
          },
        ];
      }),
      guarded: proxy === undefined ? {} : guardedSites(resources),
    };
  },
};

/** The sites whose guard asks for groups itself. */
function guardedSites(resources: Resources): Record<string, readonly string[]> {
  const sites = [...resources.values()].filter(({ name }) => name.endsWith("-site"));
  return Object.fromEntries(
    sites.flatMap(({ inputs }) => {
      const content = text(inputs.stdin);
      const groups = /rewrite \/oauth2\/auth\?allowed_groups=(\S+)/.exec(content)?.[1];
      const domain = /^# nixmox \{"domain":"([^"]+)"/.exec(content)?.[1];
      return groups === undefined ? [] : [[`https://${domain}`, groups.split(",")] as const];
    }),
  );
}

function by(resources: Resources) {
  return (type: string) =>
    [...resources.values()].filter(
      (each) => /^(authentik|keycloak):/.test(each.type) && each.type.split(":").at(-1) === type,
    );
}

function table<T>(
  resources: readonly Recorded[],
  entry: (resource: Recorded) => readonly [string, T],
): Record<string, T> {
  return Object.fromEntries(resources.map(entry).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Whether a client's secret is the one that its service's host gets; undefined without one. */
function ownSecret(name: string, value: unknown): boolean | undefined {
  if (value === undefined) return undefined;
  const service = name.split("-")[0]!;
  return JSON.stringify(value).includes(`"${service}-secret-client-secret-value-result"`);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function texts(value: unknown): string[] {
  return (value as unknown[] | undefined)?.map(text) ?? [];
}
