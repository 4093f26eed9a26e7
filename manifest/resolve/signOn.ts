import { mainRouteOf, signOnKindOf, signOnPorts } from "../conventions";
import type { Context, PlacedService } from "./context";
import { subnetsOf } from "./networks";
import { secretPath } from "./paths";
import { portsOf } from "./ports";
import { resolveRoutes } from "./routes";
import type { GuardSpec, SignOnSpec } from "./spec";
import { tcpPorts } from "./tcpPorts";

/** Keycloak's realm in which everything is. */
const realm = "nixmox";

/** Keycloak's API is served to its own host alone, to which the deployment has access. */
const keycloakApiPort = 8080;

/** How an identity provider is reached; nothing if it is none that is known. */
export function resolveSignOn(
  context: Context,
  each: PlacedService,
): SignOnSpec<undefined> | undefined {
  const kind = signOnKindOf(each.entry.modules ?? [each.name]);
  if (kind === undefined) return undefined;
  const routes = resolveRoutes(context, each);
  const domain = routes[mainRouteOf(Object.keys(routes))]?.domain;
  const [main = signOnPorts.authentik[0], second = signOnPorts.keycloak[1]] = tcpPorts(
    portsOf(each),
  );
  const ports =
    kind === "authentik"
      ? { api_port: main, forward_auth_port: main }
      : { api_port: keycloakApiPort, forward_auth_port: second };
  return {
    kind,
    domain,
    url: domain === undefined ? undefined : `https://${domain}`,
    ...ports,
    realm,
    outposts: kind === "authentik" ? resolveOutposts(context) : {},
  };
}

function resolveOutposts(context: Context): SignOnSpec<undefined>["outposts"] {
  const { ldap, radius } = context.outposts ?? {};
  const networks = radius?.client_networks ?? [];
  return {
    ...(ldap && { ldap: { base_dn: ldap.base_dn, token_file: secretPath("ldap-token") } }),
    ...(radius && {
      radius: {
        client_networks:
          networks.length > 0 ? networks : subnetsOf(context).map(({ cidr }) => cidr),
        token_file: secretPath("radius-token"),
      },
    }),
  };
}

/** Who issues the tokens of a client. */
export function issuerOf({ kind, url }: SignOnSpec<undefined>, slug: string): string | undefined {
  if (url === undefined) return undefined;
  return kind === "authentik" ? `${url}/application/o/${slug}/` : `${url}/realms/${realm}`;
}

/** What the proxy asks before it lets members of some groups pass; both providers say the same. */
export function guardOf(
  { kind, url, forward_auth_port: port }: SignOnSpec<undefined>,
  provider: { readonly ip: string | undefined; readonly hostname: string | undefined },
  groups: readonly string[],
): Omit<GuardSpec<undefined>, "sign_in" | "public_paths"> {
  const { ip, hostname } = provider;
  const shared = {
    upstream: ip === undefined ? undefined : `${ip}:${port}`,
    tls_name: hostname,
  };
  if (kind === "authentik") {
    return {
      ...shared,
      upstream_tls: false,
      uri: "/outpost.goauthentik.io/auth/caddy",
      own_paths: ["/outpost.goauthentik.io/*"],
      copy_headers: [
        ["X-Authentik-Username", "X-Forwarded-User"],
        ["X-Authentik-Email", "X-Forwarded-Email"],
        ["X-Authentik-Groups", "X-Forwarded-Groups"],
        ...["Username", "Email", "Groups", "Name", "Uid"].map((each) => {
          const header = `X-Authentik-${each}`;
          return [header, header] as const;
        }),
      ],
    };
  }
  // A group's name has no character that a query would have to escape.
  const query = groups.length > 0 ? `?allowed_groups=${groups.join(",")}` : "";
  return {
    ...shared,
    upstream_tls: true,
    uri: `/oauth2/auth${query}`,
    own_paths: [],
    sign_in_url: url === undefined ? undefined : `${url}/oauth2/start?rd=`,
    copy_headers: [
      ["X-Auth-Request-Preferred-Username", "X-Forwarded-User"],
      ["X-Auth-Request-Email", "X-Forwarded-Email"],
      ["X-Auth-Request-Groups", "X-Forwarded-Groups"],
    ],
  };
}
