import type { Path, Position } from "../issue";

/** A manifest file as data, not yet checked. */
export interface Source {
  readonly file: string;
  readonly data: unknown;
  /** The file as it is, with its comments. */
  readonly text: string;
  /** Where a path is, or where its nearest parent is. Nix files have no positions. */
  locate(path: Path): Position | undefined;
}

/** The most bytes that are read: a manifest of a thousand services has a tenth of that. */
export const maxBytes = 4 * 1024 * 1024;
