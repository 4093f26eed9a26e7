import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from "node:fs";
import { basename, join } from "node:path";

/** The text of files by their path, relative to the project's folder. */
export type Files = Readonly<Record<string, string>>;

/** The most bytes of one file: hosts get them through SSH, and the state keeps them. */
const maxBytes = 1024 * 1024;

/** Names of files that hold a secret or a state, which every host would get in its Nix store. */
const secretFile =
  /^(id_(rsa|dsa|ecdsa|ed25519)(_sk)?|passphrase|api-token|Pulumi(\.[^.]+)*\.ya?ml|.*\.(age|asc|gpg|jks|key|kdbx|p12|pfx|ppk|tfstate|tfvars))$/i;
const secretText = /-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAGE-SECRET-KEY-1/;

/** Files for people, which nothing on a host reads: a host is not rebuilt when they change. */
const forPeople = /\.md$|^example\.toml$/;

/**
 * A file, or all files in a folder and below, but no documentation; nothing if there is none.
 *
 * @throws if something there must not leave this machine: a link, a hidden file, a device, a key
 */
export function readTree(root: string, path: string): Files {
  // A link on the way would lead out of the project, too.
  const parts = path.split("/");
  for (let i = 1; i < parts.length; i++) {
    const above = statOf(root, parts.slice(0, i).join("/"));
    if (above === undefined) return {};
  }
  return read(root, path);
}

function read(root: string, path: string): Files {
  const stats = statOf(root, path);
  if (stats === undefined) return {};
  if (stats.isDirectory()) {
    const inside = readdirSync(join(root, path))
      .filter((each) => !forPeople.test(each))
      .sort();
    return Object.assign({}, ...inside.map((each) => read(root, `${path}/${each}`))) as Files;
  }
  if (!stats.isFile()) throw refuse(path, "it is not a regular file", "Remove it");
  if (secretFile.test(basename(path))) throw refuse(path, "its name is that of a secret", move);
  if (stats.size > maxBytes) {
    throw refuse(
      path,
      `it has ${stats.size} bytes; at most ${maxBytes} are sent`,
      "Make it smaller",
    );
  }
  const text = textOf(root, path);
  if (secretText.test(text)) throw refuse(path, "it holds a private key", move);
  return { [path]: text };
}

const move =
  "Hosts get secrets through interface.secrets in the manifest; move it out of this folder";

/** What is at a path, which must be neither a link nor hidden; nothing if nothing is there. */
function statOf(root: string, path: string): Stats | undefined {
  const stats = lstatSync(join(root, path), { throwIfNoEntry: false });
  if (stats?.isSymbolicLink()) {
    const target = readlinkSync(join(root, path));
    throw refuse(path, `it is a link to ${target}`, "Put the file itself there");
  }
  if (stats && basename(path).startsWith(".")) {
    throw refuse(path, "it is hidden", "Rename it, or move it out of this folder");
  }
  return stats;
}

function textOf(root: string, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(join(root, path)));
  } catch {
    throw refuse(path, "it is not UTF-8 text", "Move it out of this folder");
  }
}

function refuse(path: string, why: string, advice: string): Error {
  return new Error(`Unable to send ${path} to hosts: ${why}. ${advice}.`);
}
