import type { Issue, Path } from "../issue";

/** Values that may be used in only one place. */
export class Claims {
  private readonly owners = new Map<string, Path>();

  /** `place` writes a path as the manifest has it. */
  constructor(private readonly place: (path: Path) => string) {}

  /**
   * Nothing if the value is free, otherwise an issue that names its holder. An `owner` may claim a
   * value more than once.
   */
  claim(value: string, path: Path, advice: string | (() => string), owner?: Path): Issue[] {
    const first = this.owners.get(value);
    if (first === undefined) {
      this.owners.set(value, owner ?? path);
      return [];
    }
    if (owner !== undefined && this.place(first) === this.place(owner)) return [];
    const what = typeof advice === "string" ? advice : advice();
    const message = `${value} is already taken by ${this.place(first)}. ${what}`;
    return [{ code: "taken", path, message }];
  }
}
