import type { Effect } from "../../../cli/plan/effects";

/** A change of the shipped homelab, and what people must be told of it. */
export interface Scenario {
  /** Changes the manifest. */
  readonly manifest?: (text: string) => string;
  /** Settings of the stack, as YAML, by key. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Whether the first deployment protects what holds data. */
  readonly refused?: boolean;
  /** What happens to whom; those who are not named notice nothing. */
  readonly effects: Readonly<Record<string, Effect>>;
  /** What must be among the reasons, by service. */
  readonly why?: Readonly<Record<string, readonly string[]>>;
}

const add = (text: string) => (manifest: string) => `${manifest}\n${text}\n`;

const notes = `[services.notes]
ip = "192.168.99.17"
ports = [8080]
modules = ["miniflux"]
[services.notes.interface]
db = { on_remove = "drop" }
route.domain = "pages.nixmox.lan"`;

/** Each is compared with the shipped manifest, which is as if it had been deployed. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  "nothing-changes": { manifest: add("# a comment"), effects: {} },
  "a-service-more": {
    manifest: add(notes),
    effects: {
      notes: "create",
      caddy: "reload",
      dns: "reload",
      monitoring: "reload",
      postgresql: "reload",
    },
    why: { dns: ["new: the names of notes"], postgresql: ["new: the database of notes"] },
  },
  "more-cores": {
    manifest: (text) => text.replace("{ cores = 2 }", "{ cores = 4 }"),
    effects: {},
    why: { postgresql: ["core_services.postgresql.resources.cores (2 → 4)"] },
  },
  "more-memory": {
    manifest: (text) => text.replace("{ cores = 2 }", "{ cores = 2, memory = 3072 }"),
    effects: { postgresql: "restart" },
    why: { postgresql: ["core_services.postgresql.resources.memory (2048 → 3072)"] },
  },
  "another-node": {
    manifest: (text) => text.replace('ip = "192.168.99.15"', '$&\nnode = "pve2"'),
    effects: { miniflux: "data at risk" },
    why: { miniflux: ["services.miniflux.node or nixmox:node (pve1 → pve2)"] },
  },
  "another-node-without-data": {
    manifest: (text) => text.replace('ip = "192.168.99.10"', '$&\nnode = "pve2"'),
    effects: { caddy: "replace" },
  },
  "a-service-less": {
    manifest: (text) => text.slice(0, text.indexOf("[services.miniflux]")),
    effects: {
      miniflux: "data at risk",
      monitoring: "data at risk",
      authentik: "reload",
      caddy: "reload",
      dns: "reload",
      postgresql: "reload",
    },
    why: { miniflux: ["it is no longer in the manifest"] },
  },
  "another-forwarder": {
    manifest: (text) => text.replace("vlan_tag = 99", '$&\ndns_forwarders = ["9.9.9.9"]'),
    effects: {
      authentik: "rebuild",
      caddy: "rebuild",
      dns: "rebuild",
      miniflux: "rebuild",
      monitoring: "rebuild",
      postgresql: "rebuild",
    },
    why: { dns: ["network.dns_forwarders ([] → [9.9.9.9])"] },
  },
  "one-user-more": {
    manifest: add('[users.bert]\nname = "Bert Example"\ngroups = ["readers"]'),
    effects: { authentik: "reload" },
    why: { authentik: ["new: users.bert"] },
  },
  "another-health-check": {
    manifest: (text) =>
      text.replace("--max-time 5 https://miniflux", "--max-time 6 https://miniflux"),
    effects: {},
    why: { miniflux: ["services.miniflux.interface.health.readiness"] },
  },
  "another-path": {
    manifest: (text) => text.replace("route.upstream_tls = true", '$&\nroute.path = "/feeds"'),
    effects: { miniflux: "rebuild", caddy: "reload" },
    why: { miniflux: ["services.miniflux.interface.routes.default.path (/ → /feeds)"] },
  },
  "a-chosen-secret": {
    settings: { secrets: "" },
    effects: { miniflux: "restart" },
    why: { miniflux: ["services.miniflux.interface.secrets.admin-password or nixmox:secrets"] },
  },
};
