import { visible } from "./visible";

/** Where a value is in the manifest: the keys that lead to it. */
export type Path = ReadonlyArray<string | number>;

/** A short form: the place where its value belongs, and the place where it is written. */
export interface Move {
  readonly to: Path;
  readonly from: Path;
}

/** What kind of thing is wrong. Stable, unlike the wording of a message. */
export type IssueCode =
  | "unreadable"
  | "syntax"
  | "too-deep"
  | "missing"
  | "unknown-key"
  | "wrong-name"
  | "wrong-type"
  | "wrong-format"
  | "out-of-range"
  | "not-allowed"
  | "plain-secret"
  | "hidden-character"
  | "written-twice"
  | "not-a-network"
  | "outside-network"
  | "overlapping-networks"
  | "unknown-network"
  | "reserved-address"
  | "taken"
  | "reserved-name"
  | "outside-domain"
  | "mixed-tls"
  | "no-port"
  | "wrong-host"
  | "wrong-port"
  | "asks-itself"
  | "unreachable"
  | "beside-alias"
  | "unknown-name"
  | "depends-on-itself"
  | "unknown-service"
  | "unknown-secret"
  | "disabled-service"
  | "no-provider"
  | "several-providers"
  | "too-many-connections"
  | "mixed-text"
  | "unknown-extension"
  | "unknown-database"
  | "leaves-route"
  | "no-sign-in"
  | "insecure"
  | "mixed-groups"
  | "unknown-group"
  | "unknown-provider"
  | "wrong-provider"
  | "wrong-redirect"
  | "no-effect"
  | "root-only"
  | "cycle";

/** One thing that is wrong: the place, what is wrong and how to fix it. */
export interface Issue {
  readonly code: IssueCode;
  readonly path: Path;
  readonly message: string;
  /** Other places that are involved. */
  readonly related?: readonly Path[];
}

/** A line and a column, both counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** An issue with its position in the file, if the file's format has positions. */
export interface LocatedIssue extends Issue {
  readonly position?: Position | undefined;
}

/** The manifest cannot be used. Holds every reason. */
export class ManifestError extends Error {
  constructor(
    readonly file: string,
    readonly issues: readonly LocatedIssue[],
    /** Each issue as a line of text; only their messages if nothing else is known. */
    lines: readonly string[] = issues.map(({ message }) => message),
  ) {
    const count = lines.length === 1 ? "1 error" : `${lines.length} errors`;
    const shown = lines.map((line) => `\n  ${visible(line)}`).join("");
    super(`Unable to use manifest ${visible(file)}: ${count}.${shown}`);
    this.name = "ManifestError";
  }
}

/** A path as people type it: `services.git.ports[0]`. */
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

/** What a path leads to in nested tables and lists; undefined if there is nothing. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, key) => {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined;
    return (at as Record<string | number, unknown>)[key];
  }, value);
}

/** Whether a value is a table, as opposed to a list, a date, text or nothing. */
export function isTable(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date)
  );
}

/** Whether a path leads to a place, or to one above it. */
export function isAbove(path: Path, place: Path): boolean {
  return path.every((key, i) => key === place[i]);
}
