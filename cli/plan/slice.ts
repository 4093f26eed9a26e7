import { describeChange, differencesOf } from "./differences";
import { tableOf, textOf, type World } from "./world";

/** Keys of the slice that the manifest calls something else; others differ in spelling alone. */
const network: Readonly<Record<string, string>> = {
  cidr: "network_cidr",
  reverseZones: "network_cidr",
  nameservers: "dns_server",
  forwarders: "dns_forwarders",
  sshSources: "ssh_from",
};

const own: Readonly<Record<string, string>> = {
  databases: "interface.dbs",
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
  return differencesOf(before, after).map(({ path, before: was, after: is }) =>
    describeChange(keyOf(world, service, path), was, is),
  );
}

/** The key of the manifest for a place in a service's slice. */
export function keyOf(world: World, service: string, [part = "", ...rest]: readonly string[]) {
  const words = rest.map(snakeCase);
  if (part === "network") return ["network", network[rest[0] ?? ""] ?? words[0]].join(".");
  if (part === "peers" && rest[0] !== undefined) {
    return world.key(rest[0], words.slice(1).join(".") || "(used or not)");
  }
  const key = part === "service" ? words : [own[part] ?? snakeCase(part), ...words];
  return world.key(service, key.join("."));
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
