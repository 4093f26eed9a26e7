import type { RouteSpec } from "../../manifest/resolve/spec";

/** A route with nothing that its service has not asked for. */
export const plainRoute: RouteSpec = {
  domain: "notes.nixmox.lan",
  path: "/",
  upstream: "192.168.99.17:8080",
  reaches: ["192.168.99.17:8080"],
  tls: true,
  upstream_tls: false,
  authz: false,
  auth: { type: "none", groups: [] },
  public_paths: [],
  extra_config: "",
  headers: {},
  redirect_status: 302,
  url: "https://notes.nixmox.lan/",
};
