import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { extname } from "node:path";
import * as jsonc from "jsonc-parser";
import { parse as parseToml, TomlError } from "smol-toml";
import { type AST, parseTOML } from "toml-eslint-parser";
import { ManifestError, type Path, type Position } from "./issues";
import { deepest, explainToml, jsonProblem, tooDeep } from "./syntax";

/** A manifest file, read but not yet checked. */
export interface Source {
  readonly file: string;
  readonly data: unknown;
  /** Where a path stands, or where its nearest parent stands. Nix files know no places. */
  locate(path: Path): Position | undefined;
}

/** The largest file that is read, in bytes: a manifest of a thousand services is a tenth of it. */
const largest = 4 * 1024 * 1024;

/** Reads a `.toml`, `.json` or `.nix` manifest. Throws {@link ManifestError}. */
export function readSource(file: string): Source {
  const reader = { ".toml": readToml, ".json": readJson, ".nix": readNix }[extname(file)];
  if (!reader) {
    throw new ManifestError(file, ["its name must end in .toml, .json or .nix"]);
  }
  const source = reader(file, readText(file));
  if (isDeeperThan(deepest, source.data)) {
    throw new ManifestError(file, [`${tooDeep}.`]);
  }
  return source;
}

/** Tells, without recursion, whether a value is nested more than some levels deep. */
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
    if (size > largest) {
      throw new Error(`${size} bytes are more than the ${largest} that are read`);
    }
    bytes = readFileSync(file);
  } catch (error) {
    throw new ManifestError(file, [
      `${(error as Error).message}. Name the manifest with \`pulumi config set nixmox:manifest FILE\``,
    ]);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new ManifestError(file, ["it is not UTF-8 text. Save it with that encoding"]);
  }
}

function readToml(file: string, text: string): Source {
  let data: unknown;
  try {
    data = parseToml(text, { maxDepth: deepest });
  } catch (error) {
    if (error instanceof TomlError) {
      const place = `${file}:${error.line}:${error.column}`;
      throw new ManifestError(file, [`${place}: not TOML: ${explainToml(error.message)}.`]);
    }
    throw new ManifestError(file, [(error as Error).message]);
  }
  let positions: Map<string, Position> | undefined;
  return { file, data, locate: (path) => nearest((positions ??= tomlPositions(text)), path) };
}

function tomlPositions(text: string): Map<string, Position> {
  const positions = new Map<string, Position>();
  const note = (path: Path, node: AST.TOMLNode) => {
    const key = JSON.stringify(path);
    if (!positions.has(key)) {
      positions.set(key, { line: node.loc.start.line, column: node.loc.start.column + 1 });
    }
  };
  const value = (path: Path, node: AST.TOMLContentNode) => {
    if (node.type === "TOMLArray") {
      node.elements.forEach((element, i) => {
        note([...path, i], element);
        value([...path, i], element);
      });
    } else if (node.type === "TOMLInlineTable") {
      node.body.forEach((pair) => keyValue(path, pair));
    }
  };
  const keyValue = (base: Path, pair: AST.TOMLKeyValue) => {
    let path = [...base];
    for (const key of pair.key.keys) {
      path = [...path, key.type === "TOMLBare" ? key.name : key.value];
      note(path, key);
    }
    value(path, pair.value);
  };
  let body: AST.TOMLTopLevelTable["body"];
  try {
    ({ body } = parseTOML(text).body[0]);
  } catch {
    // This parser cannot hold a text of a megabyte; the errors of such a file name paths alone.
    return positions;
  }
  for (const node of body) {
    if (node.type === "TOMLTable") {
      node.resolvedKey.forEach((_, i) => note(node.resolvedKey.slice(0, i + 1), node.key));
      node.body.forEach((pair) => keyValue(node.resolvedKey, pair));
    } else {
      keyValue([], node);
    }
  }
  return positions;
}

function readJson(file: string, text: string): Source {
  const problem = jsonProblem(text);
  if (problem) {
    const { line, column } = lineAndColumn(text, problem.offset);
    throw new ManifestError(file, [`${file}:${line}:${column}: not JSON: ${problem.message}.`]);
  }
  const data = JSON.parse(text) as unknown;
  let tree: jsonc.Node | undefined;
  return {
    file,
    data,
    locate: (path) => {
      tree ??= jsonc.parseTree(text);
      for (let end = path.length; tree && end > 0; end--) {
        const node = jsonc.findNodeAtLocation(tree, path.slice(0, end));
        if (node) return lineAndColumn(text, (node.parent ?? node).offset);
      }
      return undefined;
    },
  };
}

function lineAndColumn(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}

function readNix(file: string): Source {
  try {
    const json = execFileSync("nix-instantiate", ["--eval", "--strict", "--json", file], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 60_000,
      maxBuffer: largest,
    });
    return { file, data: JSON.parse(json) as unknown, locate: () => undefined };
  } catch (error) {
    const { code, stderr } = error as { code?: string; stderr?: string };
    throw new ManifestError(file, [
      code === "ENOENT"
        ? "nix-instantiate, which reads Nix files, is not installed. Install Nix (Debian: " +
          "`apt-get install nix-bin`) or write the manifest as TOML"
        : `nix-instantiate: ${(stderr ?? String(error)).trim()}`,
    ]);
  }
}

function nearest(positions: Map<string, Position>, path: Path): Position | undefined {
  for (let end = path.length; end > 0; end--) {
    const found = positions.get(JSON.stringify(path.slice(0, end)));
    if (found) return found;
  }
  return undefined;
}
