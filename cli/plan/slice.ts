import { describeChange, differencesOf } from "./differences";
import { tableOf, textOf, type World } from "./world";

/** Keys of the slice that the manifest calls something else; others differ in spelling alone. */
const network = { sshSources: "ssh_from", sshKeys: "ssh_keys" };

/** What a host has of the network that it is in. */
const ofNetwork = { cidr: "cidr", gateway: "gateway", nameservers: "dns" } as const;

const resolver: Readonly<Record<string, string>> = {
  clients: "network.dns_clients",
  zoneType: "network.dns_zone",
  reverseZones: "network.network_cidr or networks",
  forwards: "network.dns_forwarders or network.forward",
};

/** What a database server has for those that use it. */
const server: Readonly<Record<string, string>> = {
  databaseExtensions: "interface.dbs.NAME.extensions of those that use it",
  databaseLocales: "interface.dbs.NAME.collation or ctype of those that use it",
  maxConnections: "interface.db.max_connections, or the limits of those that use it",
};

const own: Readonly<Record<string, string>> = {
  routes: "interface.routes",
  secrets: "interface.secrets",
  signIns: "interface.auth",
  signOn: "sign_on",
};

/**
 * Why a host is built again: the files that changed, and for its slice of the manifest the keys.
 * The host's build command carries all of it as text.
 */
export function whyRebuilt(world: World, service: string, before: unknown, after: unknown) {
  const [old, now] = [before, after].map((bundle) => filesIn(parse(textOf(bundle))));
  const files = differencesOf(old, now).map(({ path: [file] }) => file!);
  return files.flatMap((file) => {
    if (file === "ca.crt") return ["the certificate authority's root"];
    if (file !== "nixos/manifest.json") return [file];
    const [was, is] = [old, now].map((tree) => sliceIn(tree![file], service));
    return [...new Set(keysOf(world, service, was, is))];
  });
}

/** A tree of folders as a table of files by path. */
function filesIn(tree: unknown, folder = ""): Record<string, string> {
  return Object.assign(
    {},
    ...Object.entries(tableOf(tree)).map(([name, value]) =>
      typeof value === "string" ? { [folder + name]: value } : filesIn(value, `${folder}${name}/`),
    ),
  ) as Record<string, string>;
}

/** A host's own part of its manifest, which had another name if the service had. */
function sliceIn(text: string | undefined, service: string): unknown {
  const hosts = tableOf(tableOf(parse(text ?? "")).hosts);
  return hosts[service] ?? Object.values(hosts)[0];
}

function keysOf(world: World, service: string, before: unknown, after: unknown): string[] {
  const [was, is] = [before, after].map((slice) => textOf(tableOf(tableOf(slice).service).ip));
  const all = differencesOf(before, after).filter(
    // An address that moves is named once.
    (each) => each.path[1] === "ip" || each.after !== movedFrom(each.before, was!, is!),
  );
  const own = all.filter(({ path }) => path[0] !== "peers" || path.length > 2);
  // Who is used, or is no more, follows from a key that is named, unless nothing else changes.
  return (own.length > 0 ? own : all).map(({ path, before: old, after: now }) => {
    if (path[0] !== "readDatabases") return describeChange(keyOf(world, service, path), old, now);
    return world.readersKey(readIn(after, path) ?? readIn(before, path) ?? "");
  });
}

function movedFrom(value: unknown, address: string, other: string): unknown {
  return typeof value === "string" && address !== "" ? value.replaceAll(address, other) : value;
}

/** The name of a database that a service reads; the key is its owner's. */
function readIn(slice: unknown, [, key = ""]: readonly string[]): string | undefined {
  const { name } = tableOf(tableOf(tableOf(slice).readDatabases)[key]);
  return textOf(name) || undefined;
}

/** The key of the manifest for a place in a service's slice. */
export function keyOf(world: World, service: string, [part = "", ...rest]: readonly string[]) {
  const words = rest.map(snakeCase);
  const [first = ""] = rest;
  if (part === "network") {
    if (isKey(ofNetwork, first)) return world.networkKey(service, ofNetwork[first]);
    return `network.${isKey(network, first) ? network[first] : words[0]}`;
  }
  if (part === "resolver") return resolver[first] ?? world.key(service, "provides");
  if (server[part] !== undefined) return server[part];
  if (part === "databases" && first !== "") {
    return [world.databaseKey(service, first), ...words.slice(1)].join(".");
  }
  if (part === "peers" && first !== "") {
    if (rest.length === 1) return `${world.key(service, "depends_on")} (${first})`;
    return world.key(first, words.slice(1).join("."));
  }
  if (part === "service" && first === "listens") return world.key(service, "ports");
  const key = part === "service" ? words : [own[part] ?? snakeCase(part), ...words];
  return world.key(service, key.join("."));
}

function isKey<T extends object>(table: T, key: PropertyKey): key is keyof T {
  return Object.hasOwn(table, key);
}

/** A name as the manifest writes it. */
export function snakeCase(word: string): string {
  return word.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
