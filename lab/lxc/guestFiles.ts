import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, normalize } from "node:path";
import { LabError } from "../errors";

/**
 * Reads and writes files of a stopped container. A link in there may point anywhere, so every link
 * on the way is resolved as the container itself would: nothing outside its root is reached.
 */
export class GuestFiles {
  constructor(
    private readonly root: string,
    /** The host's user id for the container's root. */
    private readonly owner: number,
  ) {}

  /** The path on the host of a path in the container. */
  resolve(path: string): string {
    let at = "/";
    let rest = path.split("/").filter(Boolean);
    for (let links = 0; rest.length > 0;) {
      const next = normalize(join(at, rest[0]!));
      rest = rest.slice(1);
      const target = this.linkTarget(next);
      if (target === undefined) {
        at = next;
        continue;
      }
      if (++links > 40) throw new LabError(`Unable to open ${path}: too many links.`);
      rest = [...target.split("/").filter(Boolean), ...rest];
      at = target.startsWith("/") ? "/" : dirname(next);
    }
    return join(this.root, at);
  }

  read(path: string): string | undefined {
    const file = this.resolve(path);
    return existsSync(file) ? readFileSync(file, "utf8") : undefined;
  }

  write(path: string, content: string, mode = 0o644): void {
    const file = this.resolve(path);
    this.makeDir(dirname(path));
    writeFileSync(file, content, { mode });
    chmodSync(file, mode);
    chownSync(file, this.owner, this.owner);
  }

  /** Creates a folder and its parents. Only the last one gets the mode. */
  makeDir(path: string, mode?: number): void {
    const dir = this.resolve(path);
    if (!existsSync(dir)) {
      this.makeDir(dirname(path));
      mkdirSync(dir);
      chownSync(dir, this.owner, this.owner);
    }
    if (mode !== undefined) chmodSync(dir, mode);
  }

  private linkTarget(path: string): string | undefined {
    const file = join(this.root, path);
    return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink()
      ? readlinkSync(file)
      : undefined;
  }
}
