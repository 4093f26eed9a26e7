import { parse as parseToml, TomlError } from "smol-toml";
import { type AST, parseTOML } from "toml-eslint-parser";
import { ManifestError, type Path, type Position } from "../issue";
import type { Source } from "./source";
import { explainToml, maxDepth, syntaxError } from "./syntax";

/** Reads TOML. Positions are looked up in a second, slower parse, and only on demand. */
export function readToml(file: string, text: string): Source {
  let data: unknown;
  try {
    data = parseToml(text, { maxDepth });
  } catch (error) {
    if (!(error instanceof TomlError)) {
      const { message } = error as Error;
      throw new ManifestError(file, [{ code: "syntax", path: [], message }]);
    }
    const { line, column } = error;
    throw syntaxError(file, { line, column }, `not TOML: ${explainToml(error.message)}.`);
  }
  let positions: Map<string, Position> | undefined;
  return { file, data, text, locate: (path) => nearest((positions ??= positionsOf(text)), path) };
}

function positionsOf(text: string): Map<string, Position> {
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
    // This parser cannot handle a text of a megabyte; errors in such a file name only paths.
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

function nearest(positions: Map<string, Position>, path: Path): Position | undefined {
  for (let end = path.length; end > 0; end--) {
    const found = positions.get(JSON.stringify(path.slice(0, end)));
    if (found) return found;
  }
  return undefined;
}
