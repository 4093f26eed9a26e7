/** Where a value stands in the manifest: the keys that lead to it. */
export type Path = ReadonlyArray<string | number>;

/** One thing that is wrong: the place, what is wrong and what would be right. */
export interface Issue {
  readonly path: Path;
  readonly message: string;
  /** Other places that take part in it. */
  readonly related?: readonly Path[];
}

/** A line and a column, both counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The manifest cannot be used. Carries every reason, one a line. */
export class ManifestError extends Error {
  constructor(
    readonly file: string,
    readonly lines: readonly string[],
  ) {
    const count = lines.length === 1 ? "1 error" : `${lines.length} errors`;
    super(`Unable to use manifest ${file}: ${count}.\n${lines.map((l) => `  ${l}`).join("\n")}`);
    this.name = "ManifestError";
  }
}

export function formatPath(path: Path): string {
  return path
    .map((key, i) => (typeof key === "number" ? `[${key}]` : (i === 0 ? "" : ".") + quote(key)))
    .join("");
}

function quote(key: string): string {
  return /^[A-Za-z0-9_-]{1,64}$/.test(key) ? key : shorten(JSON.stringify(key), 64);
}

/** A value as it may be shown in a message. */
export function shorten(text: string, length = 60): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
