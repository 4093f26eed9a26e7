import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { project } from "../nix";

/** The message of an assertion, as a module's text has it. */
export interface Message {
  /** File and line. */
  readonly place: string;
  readonly pattern: RegExp;
}

const folders = ["nixos/modules", "nixos/lib"];

/** The messages of all assertions in the modules' files. */
export function messagesOfModules(): Message[] {
  return folders.flatMap((folder) =>
    readdirSync(join(project, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".nix"))
      .sort()
      .flatMap((name) => messagesIn(join(folder, name))),
  );
}

function messagesIn(file: string): Message[] {
  const text = readFileSync(join(project, file), "utf8");
  return [...text.matchAll(/\bmessage\s*=\s*/g)].map((found) => {
    const start = found.index + found[0].length;
    const line = text.slice(0, start).split("\n").length;
    return { place: `${file}:${line}`, pattern: patternOf(text, start) };
  });
}

/** A pattern for the string that starts there; anything may be in the place of what it interpolates. */
export function patternOf(text: string, start: number): RegExp {
  const quote = text.startsWith("''", start) ? "''" : '"';
  if (!text.startsWith(quote, start))
    throw new Error("A message is a string, to be found in tests.");
  let pattern = "";
  for (let at = start + quote.length; !text.startsWith(quote, at);) {
    if (text.startsWith("${", at)) {
      at = endOfInterpolation(text, at + 2);
      pattern += "[^]*?";
    } else {
      if (text[at] === "\\" && quote === '"') at += 1;
      pattern += text[at]!.replace(/[.*+?^${}()|[\]\\/]/, "\\$&");
      at += 1;
    }
  }
  return new RegExp(pattern);
}

function endOfInterpolation(text: string, start: number): number {
  let depth = 1;
  let at = start;
  while (depth > 0) {
    if (text.startsWith("${", at)) at += 1;
    if (text[at] === "{") depth += 1;
    if (text[at] === "}") depth -= 1;
    at += 1;
  }
  return at;
}
