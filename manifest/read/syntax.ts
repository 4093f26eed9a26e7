import * as jsonc from "jsonc-parser";
import { ManifestError, type Position } from "../issue";

/** A file that is not in its format. */
export function syntaxError(file: string, position: Position, message: string): ManifestError {
  const line = `${file}:${position.line}:${position.column}: ${message}`;
  return new ManifestError(file, [{ code: "syntax", path: [], message, position }], [line]);
}

/** Something that keeps a text from being JSON, and where it is (counted from 0). */
export interface SyntaxProblem {
  readonly offset: number;
  readonly message: string;
}

/** How deep tables and lists may be nested; a manifest's own keys go half as deep. */
export const maxDepth = 16;

/** The message for a text that is nested deeper. */
export const tooDeep = `nested more than ${maxDepth} levels deep. Flatten it: no key of a manifest is that deep`;

/** What the TOML parser says, and how to fix it. Its other messages are passed on. */
const tomlHints: readonly [says: RegExp, message: string][] = [
  [
    /^control characters .* strings$|^unfinished string$/,
    "this text is not closed. End it, on the same line, with the quote it began with",
  ],
  [
    /^trying to redefine/,
    "this table or key is defined twice. Keep one of them, with the keys of both",
  ],
  [
    /^invalid value$/,
    'not a value that TOML knows. Write text in straight quotes ("..."), and numbers, true and false without quotes',
  ],
  [
    /^illegal character in key$/,
    "a key or a table's name ends too early here. Write `key = value` or `[table]`; quote a name that has characters other than letters, digits, - and _",
  ],
  [
    /^(incomplete key-value|unexpected end of key|illegal empty bare key)/,
    "a key without its value. Write `key = value`",
  ],
  [
    /^each key-value declaration/,
    "more than one `key = value` on a line. Write each on its own line",
  ],
  [
    /^(expected comma or end|unfinished (array|table))/,
    "a list or table is not closed. Put a comma between its entries and end it with ] or }",
  ],
  [
    /^illegal character in numeric literal$/,
    'not a number. Write an address, a version or any text in quotes ("...")',
  ],
  [/^illegal leading zero$/, "a number must not begin with 0. Omit the 0, or quote the text"],
  [
    /^unrecognised escape sequence$/,
    "unknown escape in text. Write \\\\ for a backslash, or use single quotes ('...')",
  ],
  [/^expected end of table array/, "a table's name is not closed. End it with ]]"],
  [/^document contains an unsafe property/, "no key may have this name. Choose another"],
  [/excessively nested/, tooDeep],
];

/** A message of the TOML parser, in the manifest's terms. */
export function explainToml(message: string): string {
  const plain = message.split("\n")[0]?.replace(/^Invalid TOML document: /, "") ?? "";
  return tomlHints.find(([says]) => says.test(plain))?.[1] ?? plain;
}

const jsonHints: Readonly<Partial<Record<ReturnType<typeof jsonc.printParseErrorCode>, string>>> = {
  InvalidSymbol:
    'neither text nor a value. Write text and keys in double quotes ("..."); other values are numbers, true, false and null',
  InvalidNumberFormat: "not a number. Omit a leading 0 or +, or quote the text",
  PropertyNameExpected: "expected a key in double quotes. Add it, or remove the comma before it",
  ValueExpected: "expected a value. Add it, or remove the comma before it",
  ColonExpected: "expected a colon between a key and its value",
  CommaExpected: "expected a comma between two entries",
  CloseBraceExpected: "a table is not closed. End it with }",
  CloseBracketExpected: "a list is not closed. End it with ]",
  EndOfFileExpected: "the file must end after the first value. Remove what follows",
  InvalidCommentToken: "JSON has no comments. Remove it, or write the manifest as TOML",
  UnexpectedEndOfString: 'this text is not closed. End it, on the same line, with "',
  UnexpectedEndOfNumber: "a number ends too early. Write its digits, or quote the text",
  InvalidEscapeCharacter: "unknown escape in text. Write \\\\ for a backslash",
  InvalidUnicode: "unknown escape in text. Write \\u and four hexadecimal digits",
  InvalidCharacter: "text contains a control character. Write it as an escape such as \\t",
};

/**
 * The first thing that keeps a text from being JSON with every key once and no more than
 * {@link maxDepth} levels. The depth is checked first, without recursion: the parser itself recurses.
 */
export function jsonProblem(text: string): SyntaxProblem | undefined {
  const scanner = jsonc.createScanner(text, true);
  let depth = 0;
  for (let token = scanner.scan(); token !== jsonc.SyntaxKind.EOF; token = scanner.scan()) {
    if (token === jsonc.SyntaxKind.OpenBraceToken || token === jsonc.SyntaxKind.OpenBracketToken) {
      depth++;
    }
    if (
      token === jsonc.SyntaxKind.CloseBraceToken ||
      token === jsonc.SyntaxKind.CloseBracketToken
    ) {
      depth--;
    }
    if (depth > maxDepth) {
      return { offset: scanner.getTokenOffset(), message: tooDeep };
    }
  }
  let problem: SyntaxProblem | undefined;
  const tables: Set<string>[] = [];
  jsonc.visit(
    text,
    {
      onObjectBegin: () => void tables.push(new Set()),
      onObjectEnd: () => void tables.pop(),
      onObjectProperty: (key, offset) => {
        const keys = tables.at(-1);
        if (keys?.has(key)) {
          problem ??= { offset, message: "this key is set twice in its table. Keep one of them" };
        }
        keys?.add(key);
      },
      onError: (code, offset) => {
        const name = jsonc.printParseErrorCode(code);
        problem ??= { offset, message: jsonHints[name] ?? name };
      },
    },
    { disallowComments: true },
  );
  return problem;
}
