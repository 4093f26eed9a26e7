/** What one host of nixos/manifest.json says, as the deployment writes it. */
export interface Slice {
  readonly service: {
    readonly name: string;
    readonly ip: string;
    readonly hostname: string;
    readonly hostName: string;
    readonly ports: readonly number[];
    readonly listens: readonly {
      readonly first: number;
      readonly last: number;
      readonly protocol: string;
      readonly restricted: boolean;
    }[];
    readonly provides: readonly string[];
    readonly unit: string;
    readonly modules: readonly string[];
    readonly version: string | null;
  };
  readonly stateVersion?: string;
  readonly network: {
    readonly domain: string;
    readonly cidr: string;
    readonly gateway: string;
    readonly nameservers: readonly string[];
    readonly foreignNameservers: readonly string[];
    readonly forwardedZones: readonly string[];
    readonly mtu: number | null;
    readonly managedBy: "proxmox" | "nixos";
    readonly timeZone: string;
    readonly sshSources: readonly string[];
    readonly sshKeys: readonly string[];
  };
  readonly databases: Readonly<Record<string, object>>;
  readonly readDatabases: Readonly<Record<string, object>>;
  readonly routes: Readonly<Record<string, object>>;
  readonly resolver: Resolver | null;
  readonly signIns: Readonly<Record<string, object>>;
  readonly signOn: object | null;
  readonly secrets: Readonly<Record<string, object>>;
  readonly volumes?: Readonly<Record<string, object>>;
  readonly metrics: Readonly<Record<string, object>>;
  readonly alerting: object | null;
  readonly maxConnections: number | null;
  readonly databaseExtensions: readonly object[];
  readonly databaseLocales: readonly string[];
  readonly authority: object | null;
  readonly certificate: object | null;
  readonly exporterPort: number;
  readonly stateDirectory: string;
  readonly peers: Readonly<Record<string, object>>;
}

/** What a resolver's host knows of it. */
export interface Resolver {
  readonly clients: readonly string[];
  readonly zoneType: "static" | "transparent";
  readonly reverseZones: readonly string[];
  readonly forwards: readonly Forward[];
}

interface Forward {
  readonly zone: string;
  readonly forwarders: readonly {
    readonly address: string;
    readonly port: number;
    readonly tlsName: string | null;
  }[];
  readonly dnssec: boolean;
  readonly isInside: boolean;
}

/** A zone that others are asked about, at addresses on the internet. */
export function forward(
  zone: string,
  addresses: readonly string[],
  { port = 53, tlsName = null as string | null, dnssec = true, isInside = false } = {},
): Forward {
  const forwarders = addresses.map((address) => ({ address, port, tlsName }));
  return { zone, forwarders, dnssec, isInside };
}

export const resolver: Resolver = {
  clients: ["10.20.30.0/24", "192.168.1.0/24", "fd00:1::/64"],
  zoneType: "static",
  reverseZones: ["30.20.10.in-addr.arpa"],
  forwards: [forward(".", ["9.9.9.9"])],
};

/** Values in place of a slice's own; those of `service` and `network` one by one. */
export interface Overrides extends Partial<Omit<Slice, "service" | "network">> {
  readonly service?: Partial<Slice["service"]>;
  readonly network?: Partial<Slice["network"]>;
}

/** A slice with other values. */
export function change(slice: Slice, { service, network, ...tables }: Overrides): Slice {
  const ports = service?.ports ?? slice.service.ports;
  const listens = ports.map((port) => ({
    first: port,
    last: port,
    protocol: "tcp",
    restricted: false,
  }));
  return {
    ...slice,
    ...tables,
    service: { ...slice.service, listens, ...service },
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
      listens: [],
      provides: [],
      unit: `${name}.service`,
      modules: [name],
      version: null,
    },
    network: {
      domain: "home.example",
      cidr: "10.20.30.0/24",
      gateway: "10.20.30.1",
      nameservers: ["10.20.30.3"],
      foreignNameservers: ["10.20.30.1"],
      forwardedZones: [],
      mtu: null,
      managedBy: "proxmox",
      timeZone: "UTC",
      sshSources: ["10.20.30.0/24"],
      sshKeys: [
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ4uLnpQ5B7Pv8m0Dg1k0jvQ1xvRmB8e0v3cF9l8QhVw ops",
      ],
    },
    databases: {},
    readDatabases: {},
    routes: {},
    resolver: null,
    signIns: {},
    signOn: null,
    secrets: {},
    volumes: {},
    metrics: {},
    alerting: null,
    maxConnections: null,
    databaseExtensions: [],
    databaseLocales: [],
    authority: null,
    certificate: null,
    exporterPort: 9101,
    stateDirectory: "/srv/nixmox",
    peers: {},
  };
  return change(plain, overrides);
}

/** A route at a domain's root, to a service that serves plain HTTP. */
export const route = (domain: string, upstream: string) => ({
  domain,
  path: "/",
  upstream,
  upstreamTls: false,
  tls: true,
  url: `https://${domain}/`,
  guarded: false,
});

const files = (name: string) => ({
  certFile: `/srv/keys/${name}.crt`,
  keyFile: `/srv/keys/${name}.key`,
});

export const postgresql = {
  ip: "10.20.30.4",
  hostname: "postgresql.home.example",
  ports: [5433],
  provides: ["database"],
};

export const caddy = {
  ip: "10.20.30.5",
  hostname: "caddy.home.example",
  ports: [443, 80],
  provides: ["proxy"],
};

/** The one database of a host. */
export const database = (key: string, name: string, role: string, extensions: string[] = []) => ({
  [key]: {
    service: "postgresql",
    name,
    role,
    host: postgresql.hostname,
    address: postgresql.ip,
    port: 5433,
    additionalNames: [`${name}_archive`],
    extensions,
    passwordFile: `/srv/nixmox/secrets/database-${key}`,
  },
});

/** Secrets that only root reads. */
const secrets = (...names: string[]) =>
  Object.fromEntries(
    names.map((name) => [
      name,
      { path: `/srv/nixmox/secrets/${name}`, owner: "root", mode: "0400", env: null },
    ]),
  );

/** How users sign in at the identity provider of the homelab. */
const signOn = (kind: string, apiPort: number, forwardAuthPort: number) => ({
  kind,
  domain: "login.home.example",
  url: "https://login.home.example",
  realm: "home",
  apiPort,
  forwardAuthPort,
  cookieDomain: ".home.example",
  outposts: { ldap: null, radius: null },
});

/** The same, with servers for LDAP and RADIUS. */
export const signOnWithOutposts = (apiPort: number, forwardAuthPort: number) => ({
  ...signOn("authentik", apiPort, forwardAuthPort),
  outposts: {
    ldap: { tokenFile: "/srv/nixmox/secrets/ldap-token" },
    radius: {
      clientNetworks: ["10.20.30.0/24"],
      tokenFile: "/srv/nixmox/secrets/radius-token",
    },
  },
});

/** A client of the identity provider, as the manifest's defaults make it. */
export const signIn = (name: string, redirectPath: string) => ({
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
    network: { nameservers: ["9.9.9.9"], foreignNameservers: [] },
    resolver,
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
    databases: database("feeds", "feeds", "reader", ["hstore"]),
    routes: { default: route("miniflux.home.example", "10.20.30.15:8081") },
    certificate: files("server"),
    secrets: {
      "admin-password": {
        path: "/srv/nixmox/secrets/admin-password",
        owner: "root",
        mode: "0400",
        env: null,
      },
      "api-key": {
        path: "/srv/nixmox/secrets/api-key",
        owner: "feeds",
        mode: "0440",
        env: "API_KEY",
      },
    },
    peers: { postgresql },
  }),
  authentik: slice("authentik", {
    service: {
      ip: "10.20.30.11",
      hostname: "authentik.host.home.example",
      ports: [9005],
      provides: ["sso"],
    },
    databases: database("authentik", "identities", "warden"),
    routes: { default: route("login.home.example", "10.20.30.11:9005") },
    signOn: signOnWithOutposts(9005, 9005),
    secrets: secrets("secret-key", "bootstrap-token", "admin-password"),
    peers: { postgresql, caddy },
  }),
  keycloak: slice("keycloak", {
    service: {
      ip: "10.20.30.12",
      hostname: "keycloak.host.home.example",
      ports: [8444, 4181],
      provides: ["sso"],
    },
    databases: database("keycloak", "people", "keeper"),
    routes: {
      default: route("login.home.example", "10.20.30.12:8444"),
      oauth2: { ...route("login.home.example", "10.20.30.12:4181"), path: "/oauth2" },
    },
    certificate: files("server"),
    signOn: signOn("keycloak", 8081, 4181),
    secrets: secrets("admin-password", "bootstrap-secret", "forward-auth-secret", "cookie-secret"),
    peers: { postgresql, caddy },
  }),
  forgejo: slice("forgejo", {
    service: { ip: "10.20.30.17", hostname: "forgejo.host.home.example", ports: [3001] },
    databases: database("default", "code", "coder"),
    routes: { default: route("forgejo.home.example", "10.20.30.17:3001") },
    certificate: files("server"),
    secrets: {
      "admin-password": { path: "/srv/keys/forgejo", owner: "root", mode: "0400", env: null },
      "client-secret": {
        path: "/srv/nixmox/secrets/client-secret",
        owner: "root",
        mode: "0400",
        env: null,
      },
    },
    signIns: { default: signIn("forgejo", "user/oauth2/sso/callback") },
    peers: { caddy },
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
      "admin-password": { path: "/srv/keys/prometheus", owner: "root", mode: "0400", env: null },
    },
  }),
};

export type Host = keyof typeof samples;

/** The part of NixOS's `services` that each sample is about. */
const programs: Record<Host, string> = {
  dns: "unbound",
  postgresql: "postgresql",
  caddy: "caddy",
  forgejo: "forgejo",
  // NixOS has no module of its own for it.
  authentik: "prometheus",
  keycloak: "keycloak",
  miniflux: "miniflux",
  monitoring: "prometheus",
};

/** As a Nix expression, what each host's programs are told, without what is a function. */
export const settingsOf = (host: Host) =>
  `(removeAttrs services.${programs[host]} [ "extensions" ]) systemd`;
