import { readFileSync, statSync } from "node:fs";
import { extname } from "node:path";
import { type IssueCode, ManifestError } from "../issue";
import { readJson } from "./json";
import { readNix } from "./nix";
import { maxBytes, type Source } from "./source";
import { maxDepth, tooDeep } from "./syntax";
import { readToml } from "./toml";

const readers: Readonly<Record<string, (file: string, text: string) => Source>> = {
  ".toml": readToml,
  ".json": readJson,
  ".nix": readNix,
};

/**
 * Reads a `.toml`, `.json` or `.nix` manifest.
 *
 * @throws {@link ManifestError} if the file cannot be read or is not in its format.
 */
export function readSource(file: string): Source {
  const read = readers[extname(file)];
  if (!read) throw unreadable(file, "unreadable", "its name must end in .toml, .json or .nix");
  const source = read(file, readText(file));
  if (isDeeperThan(maxDepth, source.data)) throw unreadable(file, "too-deep", `${tooDeep}.`);
  return source;
}

/** Tells, without recursion, whether a value is nested more than a given number of levels deep. */
function isDeeperThan(levels: number, value: unknown): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > levels) return true;
    level = level.flatMap((each) =>
      typeof each === "object" && each !== null ? (Object.values(each) as unknown[]) : [],
    );
  }
  return false;
}

function readText(file: string): string {
  let bytes: Buffer;
  try {
    const { size } = statSync(file);
    if (size > maxBytes) throw new Error(`it has ${size} bytes; at most ${maxBytes} are read`);
    bytes = readFileSync(file);
  } catch (error) {
    const why = (error as Error).message;
    throw unreadable(file, "unreadable", `${why}. Name an existing file`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw unreadable(file, "unreadable", "it is not UTF-8 text. Save it with that encoding");
  }
}

function unreadable(file: string, code: IssueCode, message: string): ManifestError {
  return new ManifestError(file, [{ code, path: [], message }]);
}
