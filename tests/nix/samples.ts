/** Slices of a homelab unlike the shipped one, so that no module can have its values built in. */
const network = {
  domain: "home.example",
  network_cidr: "10.20.30.0/24",
  ssh_from: ["10.20.30.0/24"],
  gateway: "10.20.30.1",
  dns_server: "10.20.30.3",
  vlan_tag: 7,
  ssh_keys: [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ4uLnpQ5B7Pv8m0Dg1k0jvQ1xvRmB8e0v3cF9l8QhVw ops",
  ],
};

const contracts = { auth: { type: "none" }, dbs: {}, secrets: {} };

const dns = {
  enable: true,
  ip: "10.20.30.3",
  hostname: "dns.home.example",
  ports: [53],
  provides: ["dns"],
};
const postgresql = {
  enable: true,
  ip: "10.20.30.4",
  hostname: "postgresql.home.example",
  ports: [5433],
  provides: ["database"],
};
const caddy = {
  enable: true,
  ip: "10.20.30.5",
  hostname: "caddy.home.example",
  ports: [443, 80],
  provides: ["proxy"],
};

const own = (entry: object, more: object = {}) => ({
  ...entry,
  depends_on: [],
  interface: { ...contracts, ...more },
});

export const samples = {
  dns: {
    network: { ...network, dns_forwarders: ["9.9.9.9"] },
    core_services: { dns: own(dns) },
    services: {},
  },
  postgresql: { network, core_services: { postgresql: own(postgresql) }, services: {} },
  caddy: { network, core_services: { caddy: own(caddy) }, services: {} },
  miniflux: {
    network,
    core_services: { postgresql, caddy },
    services: {
      miniflux: own(
        {
          enable: true,
          ip: "10.20.30.15",
          hostname: "miniflux.host.home.example",
          ports: [8081],
          provides: [],
        },
        {
          dbs: {
            feeds: {
              name: "feeds",
              owner: "reader",
              service: "postgresql",
              host: "10.20.30.4",
              port: 5433,
              extensions: [],
            },
          },
          proxy: {
            default: {
              domain: "miniflux.home.example",
              path: "/",
              upstream: "10.20.30.15:8081",
              tls: true,
              authz: false,
            },
          },
          secrets: {
            "admin-password": { owner: "root", mode: "0400", restart: ["miniflux.service"] },
            "api-key": { owner: "feeds", mode: "0440", restart: [] },
          },
        },
      ),
    },
  },
  monitoring: {
    network,
    core_services: {},
    services: {
      monitoring: own(
        {
          enable: true,
          ip: "10.20.30.16",
          hostname: "monitoring.home.example",
          ports: [9091],
          provides: ["monitoring"],
        },
        {
          proxy: {
            default: {
              domain: "graphs.home.example",
              path: "/",
              upstream: "10.20.30.16:9091",
              tls: true,
              authz: false,
            },
          },
        },
      ),
    },
  },
};

export type Host = keyof typeof samples;
