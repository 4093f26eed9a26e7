/** What one host of nixos/manifest.json says, as the deployment writes it. */
export interface Slice {
  readonly service: {
    readonly name: string;
    readonly ip: string;
    readonly hostname: string;
    readonly hostName: string;
    readonly ports: readonly number[];
    readonly provides: readonly string[];
    readonly unit: string;
    readonly modules: readonly string[];
  };
  readonly network: {
    readonly domain: string;
    readonly cidr: string;
    readonly gateway: string;
    readonly nameservers: readonly string[];
    readonly forwarders: readonly string[];
    readonly reverseZones: readonly string[];
    readonly sshSources: readonly string[];
    readonly sshKeys: readonly string[];
  };
  readonly databases: Readonly<Record<string, object>>;
  readonly routes: Readonly<Record<string, object>>;
  readonly signIns: Readonly<Record<string, object>>;
  readonly signOn: object | null;
  readonly secrets: Readonly<Record<string, object>>;
  readonly maxConnections: number | null;
  readonly authority: object | null;
  readonly certificate: object | null;
  readonly exporterPort: number;
  readonly stateDirectory: string;
  readonly peers: Readonly<Record<string, object>>;
}

/** Values in place of a slice's own; those of `service` and `network` one by one. */
export interface Overrides extends Partial<Omit<Slice, "service" | "network">> {
  readonly service?: Partial<Slice["service"]>;
  readonly network?: Partial<Slice["network"]>;
}

/** A slice with other values. */
export function change(slice: Slice, { service, network, ...tables }: Overrides): Slice {
  return {
    ...slice,
    ...tables,
    service: { ...slice.service, ...service },
    network: { ...slice.network, ...network },
  };
}

/** The slice of a host in a homelab unlike the shipped one, so that no module can have its values built in. */
export function slice(name: string, overrides: Overrides = {}): Slice {
  const plain: Slice = {
    service: {
      name,
      ip: "10.20.30.20",
      hostname: `${name}.home.example`,
      hostName: name,
      ports: [],
      provides: [],
      unit: `${name}.service`,
      modules: [name],
    },
    network: {
      domain: "home.example",
      cidr: "10.20.30.0/24",
      gateway: "10.20.30.1",
      nameservers: ["10.20.30.3"],
      forwarders: [],
      reverseZones: ["30.20.10.in-addr.arpa"],
      sshSources: ["10.20.30.0/24"],
      sshKeys: [
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ4uLnpQ5B7Pv8m0Dg1k0jvQ1xvRmB8e0v3cF9l8QhVw ops",
      ],
    },
    databases: {},
    routes: {},
    signIns: {},
    signOn: null,
    secrets: {},
    maxConnections: null,
    authority: null,
    certificate: null,
    exporterPort: 9101,
    stateDirectory: "/srv/nixmox",
    peers: {},
  };
  return change(plain, overrides);
}

const route = (domain: string, upstream: string) => ({
  domain,
  path: "/",
  upstream,
  tls: true,
  url: `https://${domain}/`,
  guarded: false,
});

const files = (name: string) => ({
  certFile: `/srv/keys/${name}.crt`,
  keyFile: `/srv/keys/${name}.key`,
});

/** A client of the identity provider, as the manifest's defaults make it. */
export const signIn = (name: string, redirectPath: string) => ({
  slug: name,
  url: `https://${name}.home.example/`,
  groups: ["readers"],
  issuer: `https://login.home.example/application/o/${name}/`,
  clientId: name,
  clientType: "confidential",
  clientSecretFile: "/srv/nixmox/secrets/client-secret" as string | null,
  redirectUris: [`https://${name}.home.example/${redirectPath}`],
  scopes: ["openid", "email", "profile"],
  usernameClaim: "preferred_username",
  groupsClaim: "groups",
  adminGroup: null as string | null,
});

export const samples = {
  dns: slice("dns", {
    service: { ip: "10.20.30.3", ports: [53], provides: ["dns"], unit: "unbound.service" },
    network: { nameservers: ["9.9.9.9"], forwarders: ["9.9.9.9"] },
  }),
  postgresql: slice("postgresql", {
    service: { ip: "10.20.30.4", ports: [5433], provides: ["database"] },
    maxConnections: 60,
    certificate: files("server"),
  }),
  caddy: slice("caddy", {
    service: { ip: "10.20.30.5", ports: [443, 80], provides: ["proxy"] },
    authority: files("authority"),
  }),
  miniflux: slice("miniflux", {
    service: { ip: "10.20.30.15", hostname: "miniflux.host.home.example", ports: [8081] },
    databases: {
      feeds: {
        service: "postgresql",
        name: "feeds",
        role: "reader",
        host: "postgresql.home.example",
        address: "10.20.30.4",
        port: 5433,
        extensions: ["hstore"],
        passwordFile: "/srv/nixmox/secrets/database-feeds",
      },
    },
    routes: { default: route("miniflux.home.example", "10.20.30.15:8081") },
    certificate: files("server"),
    secrets: {
      "admin-password": {
        path: "/srv/nixmox/secrets/admin-password",
        owner: "root",
        mode: "0400",
      },
      "api-key": { path: "/srv/nixmox/secrets/api-key", owner: "feeds", mode: "0440" },
    },
    peers: {
      postgresql: {
        ip: "10.20.30.4",
        hostname: "postgresql.home.example",
        ports: [5433],
        provides: ["database"],
      },
    },
  }),
  authentik: slice("authentik", {
    service: {
      ip: "10.20.30.11",
      hostname: "authentik.host.home.example",
      ports: [9005],
      provides: ["sso"],
    },
    databases: {
      authentik: {
        service: "postgresql",
        name: "identities",
        role: "warden",
        host: "postgresql.home.example",
        address: "10.20.30.4",
        port: 5433,
        extensions: [],
        passwordFile: "/srv/nixmox/secrets/database-authentik",
      },
    },
    routes: { default: route("login.home.example", "10.20.30.11:9005") },
    signOn: {
      kind: "authentik",
      domain: "login.home.example",
      url: "https://login.home.example",
      realm: "home",
      apiPort: 9005,
      forwardAuthPort: 9005,
      cookieDomain: ".home.example",
      outposts: {
        ldap: { baseDn: "dc=home,dc=example", tokenFile: "/srv/nixmox/secrets/ldap-token" },
        radius: {
          clientNetworks: ["10.20.30.0/24"],
          tokenFile: "/srv/nixmox/secrets/radius-token",
          secretFile: "/srv/nixmox/secrets/radius-secret",
        },
      },
    },
    secrets: Object.fromEntries(
      ["secret-key", "bootstrap-token", "admin-password"].map((name) => [
        name,
        { path: `/srv/nixmox/secrets/${name}`, owner: "root", mode: "0400" },
      ]),
    ),
    peers: {
      postgresql: {
        ip: "10.20.30.4",
        hostname: "postgresql.home.example",
        ports: [5433],
        provides: ["database"],
      },
      caddy: {
        ip: "10.20.30.5",
        hostname: "caddy.home.example",
        ports: [443, 80],
        provides: ["proxy"],
      },
    },
  }),
  keycloak: slice("keycloak", {
    service: {
      ip: "10.20.30.12",
      hostname: "keycloak.host.home.example",
      ports: [8444, 4181],
      provides: ["sso"],
    },
    databases: {
      keycloak: {
        service: "postgresql",
        name: "people",
        role: "keeper",
        host: "postgresql.home.example",
        address: "10.20.30.4",
        port: 5433,
        extensions: [],
        passwordFile: "/srv/nixmox/secrets/database-keycloak",
      },
    },
    routes: {
      default: route("login.home.example", "10.20.30.12:8444"),
      oauth2: { ...route("login.home.example", "10.20.30.12:4181"), path: "/oauth2" },
    },
    certificate: files("server"),
    signOn: {
      kind: "keycloak",
      domain: "login.home.example",
      url: "https://login.home.example",
      realm: "home",
      apiPort: 8081,
      forwardAuthPort: 4181,
      cookieDomain: ".home.example",
      outposts: { ldap: null, radius: null },
    },
    secrets: Object.fromEntries(
      ["admin-password", "bootstrap-secret", "forward-auth-secret", "cookie-secret"].map((name) => [
        name,
        { path: `/srv/nixmox/secrets/${name}`, owner: "root", mode: "0400" },
      ]),
    ),
    peers: {
      postgresql: {
        ip: "10.20.30.4",
        hostname: "postgresql.home.example",
        ports: [5433],
        provides: ["database"],
      },
      caddy: {
        ip: "10.20.30.5",
        hostname: "caddy.home.example",
        ports: [443, 80],
        provides: ["proxy"],
      },
    },
  }),
  forgejo: slice("forgejo", {
    service: { ip: "10.20.30.17", hostname: "forgejo.host.home.example", ports: [3001] },
    databases: {
      default: {
        service: "postgresql",
        name: "code",
        role: "coder",
        host: "postgresql.home.example",
        address: "10.20.30.4",
        port: 5433,
        extensions: [],
        passwordFile: "/srv/nixmox/secrets/database-default",
      },
    },
    routes: { default: route("forgejo.home.example", "10.20.30.17:3001") },
    certificate: files("server"),
    secrets: {
      "admin-password": { path: "/srv/keys/forgejo", owner: "root", mode: "0400" },
      "client-secret": {
        path: "/srv/nixmox/secrets/client-secret",
        owner: "root",
        mode: "0400",
      },
    },
    signIns: { default: signIn("forgejo", "user/oauth2/sso/callback") },
    peers: {
      caddy: {
        ip: "10.20.30.5",
        hostname: "caddy.home.example",
        ports: [443, 80],
        provides: ["proxy"],
      },
    },
  }),
  monitoring: slice("monitoring", {
    service: {
      ip: "10.20.30.16",
      ports: [9091, 9094],
      provides: ["monitoring"],
      unit: "prometheus.service",
    },
    routes: {
      alerts: route("alerts.home.example", "10.20.30.16:9094"),
      graphs: route("graphs.home.example", "10.20.30.16:9091"),
    },
    secrets: {
      "admin-password": { path: "/srv/keys/prometheus", owner: "root", mode: "0400" },
    },
  }),
};

export type Host = keyof typeof samples;
