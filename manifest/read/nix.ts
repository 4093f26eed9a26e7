import { mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, extname, join } from "node:path";
import { execaSync } from "execa";
import { ManifestError } from "../issue";
import { maxBytes, type Source } from "./source";

/** How long an evaluation may take. */
const SECONDS = 60;
/** How many entries of its folder are looked at for files that a manifest may import. */
const MAX_ENTRIES = 10_000;

/**
 * Has Nix evaluate a file, which may import `.nix` files beside it or below its folder, and nothing
 * else: a manifest is data, and evaluating one must not read what the caller may read. So there are no
 * other files, no environment, no network, no store and no settings of this machine's Nix.
 */
export function readNix(file: string, text: string): Source {
  const main = realFile(file);
  const files = new Set([main, ...importable(file, dirname(main))]);
  const paths = [...files].flatMap((path, i) => ["-I", `file-${i}=${path}`]);
  const empty = mkdtempSync(join(tmpdir(), "nixmox-nix-"));
  try {
    const result = execaSync("nix-instantiate", [...options, ...paths, main], {
      // The collector ends an evaluation that needs more memory; the folder has no settings in it.
      env: {
        PATH: process.env.PATH,
        HOME: empty,
        NIX_CONF_DIR: empty,
        GC_MAXIMUM_HEAP_SIZE: "1073741824",
      },
      extendEnv: false,
      cwd: empty,
      stdin: "ignore",
      timeout: SECONDS * 1000,
      maxBuffer: maxBytes,
      reject: false,
    });
    if (result.failed) throw failure(file, result);
    return { file, text, data: JSON.parse(result.stdout) as unknown, locate: () => undefined };
  } finally {
    rmSync(empty, { recursive: true });
  }
}

const options = [
  ...["--eval", "--strict", "--json", "--store", "dummy://"],
  ...["--option", "restrict-eval", "true"],
  ...["--option", "allowed-uris", ""],
  ...["--option", "allow-import-from-derivation", "false"],
];

/** The file that a name leads to. Nix quotes what it cannot read, so a link must lead to a Nix file. */
function realFile(file: string): string {
  const main = realpathSync(file);
  if (extname(main) === ".nix") return main;
  throw unusable(
    file,
    `it is a link to ${main}, which is not a .nix file. Name the manifest itself`,
  );
}

/** The Nix files in a folder and below, without links, hidden folders and packages. */
function importable(file: string, folder: string): string[] {
  const found: string[] = [];
  const folders = [folder];
  let seen = 0;
  for (let at = folders.shift(); at !== undefined; at = folders.shift()) {
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      if (++seen > MAX_ENTRIES) {
        const why = `there are more than ${MAX_ENTRIES} files in and below its folder, any of which it could import`;
        throw unusable(file, `${why}. Move it to a folder of its own`);
      }
      if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
      if (entry.isDirectory()) folders.push(join(at, entry.name));
      if (entry.isFile() && extname(entry.name) === ".nix") found.push(join(at, entry.name));
    }
  }
  return found;
}

interface Failure {
  readonly code?: string;
  readonly timedOut: boolean;
  readonly isMaxBuffer: boolean;
  readonly stderr: string;
  readonly shortMessage?: string;
}

function failure(file: string, result: Failure): ManifestError {
  if (result.code === "ENOENT") {
    const advice = "Install Nix (Debian: `apt-get install nix-bin`) or write the manifest as TOML";
    return unusable(file, `nix-instantiate, which reads Nix files, is not installed. ${advice}`);
  }
  if (result.timedOut) {
    return unusable(file, `Nix is not done after ${SECONDS} s. Simplify the manifest`);
  }
  if (result.isMaxBuffer) {
    const limit = `${maxBytes / 1024 / 1024} MiB`;
    return unusable(file, `it has more than ${limit} when evaluated. Make the manifest smaller`);
  }
  const why = withoutSource(result.stderr) || (result.shortMessage ?? "no reason given");
  const hint = /forbidden in restricted mode/.test(why)
    ? ". A manifest may import .nix files in its own folder and below, and read nothing else"
    : "";
  const message = `nix-instantiate: ${why}${hint}`;
  return new ManifestError(file, [{ code: "syntax", path: [], message }]);
}

/** What Nix says, without the lines of the manifest that it quotes: they may hold a secret. */
function withoutSource(stderr: string): string {
  const isQuote = (line: string) => /^\s*\d*\|/.test(line);
  const isHint = (line: string) => line.startsWith("(use '--show-trace'");
  return stderr
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !isQuote(line) && !isHint(line))
    .join(" ")
    .replace(/:$/, "");
}

function unusable(file: string, message: string): ManifestError {
  return new ManifestError(file, [{ code: "unreadable", path: [], message }]);
}
