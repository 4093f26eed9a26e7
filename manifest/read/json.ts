import * as jsonc from "jsonc-parser";
import type { Position } from "../issue";
import type { Source } from "./source";
import { jsonProblem, syntaxError } from "./syntax";

/** Reads JSON in which every key is set once. */
export function readJson(file: string, text: string): Source {
  const problem = jsonProblem(text);
  if (problem) {
    throw syntaxError(file, lineAndColumn(text, problem.offset), `not JSON: ${problem.message}.`);
  }
  let tree: jsonc.Node | undefined;
  return {
    text,
    file,
    data: JSON.parse(text) as unknown,
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
