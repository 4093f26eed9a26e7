import { readFileSync, writeFileSync } from "node:fs";

export const kinds = ["authentik", "keycloak"] as const;
export type Kind = (typeof kinds)[number];

/** The shipped manifest's core with an identity provider, and services that sign users in. */
export function manifestWith(kind: Kind, services: string): string {
  const shipped = readFileSync("manifest/nixmox.toml", "utf8");
  const tables = shipped.split(/^(?=\[)/m);
  const core = tables
    .filter((table) => /^\[(network|core_services\.(dns|postgresql|caddy))\]/.test(table))
    .join("");
  return `${core}
[groups.readers]
description = "People who read"
[groups.operators]
[groups.admins]
admin = true

[users.anna]
name = "Anna Example"
groups = ["readers", "admins"]
[users.bob]
groups = ["readers"]
password = "invitation"

[core_services.${kind}]
ip = "192.168.99.12"

${services}`;
}

export const notes = `[services.notes]
ip = "192.168.99.17"
ports = [8080]
modules = ["miniflux"]
[services.notes.interface]
route = {}
auth.type = "oidc"
auth.groups = ["readers"]
auth.oidc.redirect_uris = ["https://notes.nixmox.lan/oauth2/callback"]
auth.oidc.groups_claim = "teams"
`;

export const app = `[services.app]
ip = "192.168.99.18"
ports = [8080]
modules = ["miniflux"]
[services.app.interface]
route = {}
auth.type = "oidc"
auth.oidc.client_type = "public"
auth.oidc.redirect_uris = ["https://app.nixmox.lan/"]
auth.oidc.scopes = ["openid", "profile", "groups", "offline_access"]
`;

export const metrics = `[services.metrics]
ip = "192.168.99.19"
ports = [9090]
modules = ["miniflux"]
[services.metrics.interface.routes.metrics.auth]
type = "forward_auth"
groups = ["operators"]
`;

/** Writes a manifest into a folder, and returns its path. */
export function write(folder: string, text: string): string {
  const file = `${folder}/nixmox.toml`;
  writeFileSync(file, text);
  return file;
}
