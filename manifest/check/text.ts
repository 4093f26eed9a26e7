import type { Issue, Path } from "../issue";
import { escape, hiddenIn } from "../visible";

/** Texts that may have several lines: commands and Caddy's directives. */
const ofSeveralLines = ["extra_config", "startup", "readiness", "liveness", "apply", "verify"];

/** The most characters of one text; what is longer is not searched for anything. */
export const maxTextLength = 65_536;

/**
 * Names and texts that are not what people see, in a manifest as written: what they review must be what
 * becomes a command, a comment or a name. And names that JavaScript itself gives a meaning.
 */
export function checkText(value: unknown, path: Path = []): Issue[] {
  if (typeof value === "string") return unfit(value, path, "it");
  if (typeof value !== "object" || value === null || value instanceof Date) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]): Issue[] => {
    const at = [...path, Array.isArray(value) ? Number(key) : key];
    if (key === "__proto__") {
      const message = "no key may have this name. Choose another.";
      return [{ code: "wrong-name", path: at, message }];
    }
    return [...unfit(key, at, "its name"), ...checkText(inner, at)];
  });
}

function unfit(text: string, path: Path, what: string): Issue[] {
  if (text.length > maxTextLength) {
    const message = `${what} has ${text.length} characters; at most ${maxTextLength} are read. Shorten it.`;
    return [{ code: "out-of-range", path, message }];
  }
  const hasLines = what === "it" && ofSeveralLines.includes(String(path.at(-1)));
  const found = hiddenIn(hasLines ? text.replace(/[\n\t]/g, " ") : text);
  if (found === undefined) return [];
  const place = text.indexOf(found) + 1;
  const message = `${what} has a character that is not seen, ${escape(found)}, at ${place}. Remove it.`;
  return [{ code: "hidden-character", path, message }];
}

/** What makes a line look like another one: control characters, and marks that reorder text. */
const DECEPTIVE = /(?![\t\r\n])[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** Comments are read by people alone, who must not take one for a setting, or a setting for one. */
export function checkComments(text: string): Issue[] {
  const lines = text.split("\n");
  const at = lines.findIndex((line) => DECEPTIVE.test(line));
  if (at < 0) return [];
  const found = DECEPTIVE.exec(lines[at]!)![0];
  const message = `line ${at + 1} has a character that changes how it looks, ${escape(found)}. Remove it.`;
  return [{ code: "hidden-character", path: [], message }];
}
