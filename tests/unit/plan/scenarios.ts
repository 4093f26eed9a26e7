import type { Effect } from "../../../cli/plan/effects";

/** A change of the shipped homelab, and what people must be told of it. */
export interface Scenario {
  /** The scenario that has been deployed before; if none, the shipped manifest. */
  readonly after?: string;
  /** Changes the manifest. */
  readonly manifest?: (text: string) => string;
  /** Settings of the stack, as YAML, by key. */
  readonly settings?: Readonly<Record<string, string>>;
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

/** What services share: a database, a secret, the proxy. */
const shared = `[routes.nas]
upstream = "http://192.168.99.90:5000"
[services.board]
ip = "192.168.99.18"
modules = ["miniflux"]
interface.dbs.miniflux.of = "miniflux"
interface.secrets.login.from = "miniflux.admin-password"`;

const volume = 'volumes.photos = { path = "/srv/photos", size_gb = 8 }';

const inMiniflux = (lines: string) => (text: string) =>
  text.replace('ip = "192.168.99.15"', `$&\n${lines}`);

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
    why: { dns: ["new: the names of notes"], postgresql: ["new: database access for notes"] },
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
      authentik: "restart",
      caddy: "restart",
      dns: "rebuild",
      miniflux: "restart",
      monitoring: "restart",
      postgresql: "restart",
    },
    why: {
      dns: ["network.dns_forwarders or network.forward"],
      miniflux: ["network.dns_server or network.dns_forwarders (192.168.99.1 → 9.9.9.9)"],
    },
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
  "another-network": {
    manifest: (text) =>
      text.replace('ip = "192.168.99.15"', 'network = "dmz"\nip = "192.168.98.15"\nvmid = 7015') +
      '\n[networks.dmz]\ncidr = "192.168.98.0/24"\ngateway = "192.168.98.1"\nvlan_tag = 20\n',
    effects: {
      miniflux: "rebuild",
      dns: "rebuild",
      caddy: "reload",
      monitoring: "reload",
      postgresql: "reload",
    },
    why: {
      miniflux: [
        "services.miniflux.ip (192.168.99.15 → 192.168.98.15)",
        "services.miniflux.network or networks.dmz.gateway (192.168.99.1 → 192.168.98.1)",
        "services.miniflux.network or networks.dmz.vlan_tag (99 → 20)",
        "its container restarts with another address",
      ],
      caddy: ["the routes of miniflux"],
    },
  },
  "what-services-share": {
    manifest: (text) =>
      add(shared)(
        inMiniflux(volume)(text).replace(
          "db = {}",
          'db = { readers = ["monitoring"], extensions = ["pg_trgm"] }',
        ),
      ),
    effects: {
      board: "create",
      miniflux: "rebuild",
      monitoring: "rebuild",
      caddy: "reload",
      dns: "reload",
      postgresql: "reload",
    },
    why: {
      miniflux: [
        "services.miniflux.volumes.photos",
        "services.miniflux.interface.db.extensions ([] → [pg_trgm])",
      ],
      monitoring: ["services.miniflux.interface.db.readers"],
      caddy: ["new: routes.nas"],
      dns: ["new: routes.nas", "new: the names of board"],
      postgresql: [
        "new: services.miniflux.interface.db.readers",
        "new: database access for board",
        "new: database access for monitoring",
      ],
    },
  },
  "a-larger-volume": {
    after: "what-services-share",
    manifest: (text) => text.replace("size_gb = 8", "size_gb = 9"),
    effects: {},
    why: { miniflux: ["services.miniflux.volumes.photos.size_gb (8 → 9)"] },
  },
  "nothing-shared": {
    after: "what-services-share",
    manifest: (text) =>
      text
        .replace('readers = ["monitoring"], ', "")
        .replace(/^(interface\.(dbs|secrets)|\[routes|upstream = "http).*$/gm, ""),
    effects: {
      board: "rebuild",
      monitoring: "rebuild",
      caddy: "reload",
      dns: "reload",
      postgresql: "reload",
    },
    why: {
      board: [
        "services.board.interface.secrets.login",
        "gone: services.board.interface.dbs.miniflux.of",
      ],
      monitoring: ["gone: services.miniflux.interface.db.readers, which loses no data"],
      caddy: ["gone: routes.nas"],
    },
  },
  "a-chosen-secret-that-is-shared": {
    after: "what-services-share",
    settings: { secrets: "" },
    effects: { miniflux: "restart", board: "restart" },
    why: { board: ["services.miniflux.interface.secrets.admin-password or nixmox:secrets"] },
  },
};
