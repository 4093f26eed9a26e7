import type { GuardSpec } from "../../manifest/resolve/spec";

/** A guard that answers 401 to anonymous users, as oauth2-proxy does. */
export const oauth2Guard: GuardSpec = {
  sign_in: "default",
  public_paths: ["/health", "/open/*"],
  upstream: "192.168.99.12:4180",
  upstream_tls: true,
  tls_name: "keycloak.host.nixmox.lan",
  uri: "/oauth2/auth?allowed_groups=readers,writers",
  own_paths: [],
  sign_in_url: "https://keycloak.nixmox.lan/oauth2/start?rd=",
  copy_headers: [
    ["X-Auth-Request-Preferred-Username", "X-Forwarded-User"],
    ["X-Auth-Request-Groups", "X-Forwarded-Groups"],
  ],
};

/** A guard that redirects anonymous users itself, as Authentik's outpost does. */
export const outpostGuard: GuardSpec = {
  sign_in: "default",
  public_paths: ["/health"],
  upstream: "192.168.99.12:9000",
  upstream_tls: false,
  tls_name: "authentik.host.nixmox.lan",
  uri: "/outpost.goauthentik.io/auth/caddy",
  own_paths: ["/outpost.goauthentik.io/*"],
  copy_headers: [
    ["X-Authentik-Username", "X-Forwarded-User"],
    ["X-Authentik-Username", "X-Authentik-Username"],
    ["X-Authentik-Groups", "X-Authentik-Groups"],
  ],
};
