/** A host of media programs, as the deployment writes its slice. */
import {
  caddy,
  database as plainDatabase,
  postgresql,
  route as plainRoute,
  slice,
} from "../samples";

export const ip = "10.20.30.15";

export const route = (name: string, port: number, guarded = true, path = "/") => ({
  [name]: {
    ...plainRoute(`${name}.home.example`, `${ip}:${port}`),
    path,
    url: `https://${name}.home.example${path}`,
    guarded,
  },
});

export const secret = (name: string, env: string | null = null) => ({
  [name]: { path: `/srv/nixmox/secrets/${name}`, owner: "root", mode: "0400", env },
});

export const database = (name: string, additionalNames = [`${name}-log`]) => ({
  [name]: { ...plainDatabase(name, name, name)[name], additionalNames },
});

export const listens = (...udp: number[]) => [
  { first: 9092, last: 9092, protocol: "tcp", restricted: false },
  ...udp.map((port) => ({ first: port, last: port, protocol: "udp", restricted: true })),
];

/** All programs, with none of their usual ports. */
export const all = slice("films", {
  service: {
    ip,
    hostname: "films.home.example",
    ports: [8097, 9697, 7879, 8990, 9092],
    listens: listens(51000),
    modules: ["media"],
  },
  routes: {
    ...route("jellyfin", 8097, false),
    ...route("prowlarr", 9697),
    ...route("radarr", 7879, true, "/films/"),
    ...route("sonarr", 8990),
    ...route("transmission", 9092, false),
  },
  databases: { ...database("sonarr"), ...database("radarr") },
  secrets: {
    ...secret("jellyfin-password"),
    ...secret("transmission-password"),
    ...secret("sonarr-api-key"),
    ...secret("prowlarr-api-key", "PROWLARR__AUTH__APIKEY"),
  },
  peers: { caddy, postgresql },
});
