/** A word of a Caddyfile, as Caddy's lexer reads it. */
export interface Word {
  readonly text: string;
  readonly quoted: boolean;
  /** Counted from 1. */
  readonly line: number;
  /** The line on which a quoted word ends. */
  readonly endLine: number;
  /** Where it is in the text, quotes included: from the first character to behind the last. */
  readonly span: readonly [start: number, end: number];
}

/** What is wrong in a Caddyfile, as "it has ...". */
export interface Fault {
  readonly line: number;
  readonly what: string;
}

/** A quoted word, a raw one, a comment, or anything up to the next space. */
const token = /"((?:\\[^]|[^"\\])*)"|`([^`]*)`|#[^\n]*|\S+/g;

const invisible = /[^\P{C}\n\t]|[^\P{Z} ]/u;

/**
 * Splits a text into words. What Caddy's versions read differently, or in a way that few people
 * expect, is a fault, so that all that is left means the same to Caddy and to the reader. The
 * proxy's `route-text.jq` has the same rules.
 */
export function splitWords(text: string): { words: readonly Word[]; faults: readonly Fault[] } {
  const words: Word[] = [];
  const faults = text.split("\n").flatMap((line, i): Fault[] => {
    const at = i + 1;
    return [
      ...(invisible.test(line)
        ? [{ line: at, what: "a character that cannot be seen, such as a carriage return" }]
        : []),
      ...(line.includes("{$") ? [{ line: at, what: "an environment variable, {$" }] : []),
    ];
  });
  let [line, from] = [1, 0];
  for (const match of text.matchAll(token)) {
    const [whole, quotedText, raw] = match;
    line += countLines(text.slice(from, match.index));
    const endLine = line + countLines(whole);
    const inner = quotedText?.replaceAll('\\"', '"') ?? raw;
    const what = faultOf(whole, inner);
    if (what !== undefined) faults.push({ line, what });
    if (!whole.startsWith("#")) {
      const span = [match.index, match.index + whole.length] as const;
      words.push({ text: inner ?? whole, quoted: inner !== undefined, line, endLine, span });
    }
    [line, from] = [endLine, match.index + whole.length];
  }
  return { words, faults };
}

function countLines(text: string): number {
  return text.split("\n").length - 1;
}

function faultOf(whole: string, inner: string | undefined): string | undefined {
  if ((inner ?? whole) === "import") return "import, which reads other files";
  if (inner !== undefined) {
    // Older versions of Caddy take a quoted brace for a brace.
    return inner === "{" || inner === "}" ? `a quoted ${inner}` : undefined;
  }
  if (whole.startsWith("#")) {
    return whole.includes("\\") ? "a comment with a backslash" : undefined;
  }
  if (/^["`]/.test(whole)) return "a quote that is not closed";
  if (whole.startsWith("<<")) return "a heredoc";
  if (/^\\["`#<]|\\$/.test(whole)) return "a backslash before a quote, a comment or a space";
  return undefined;
}
