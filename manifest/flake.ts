import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize, sep } from "node:path";

/** A relative path literal of the Nix language. */
const literal = /(?<![\w/.])\.{1,2}\/[\w./-]*\w/g;

/**
 * The text of every file that one host's configuration is made of, by its path from `root`: the
 * flake, `nixos/lib`, the host's own file and whatever these name by a relative path literal.
 * Files of other hosts are left out, so that changing them rebuilds nothing here.
 *
 * @throws where the host has no file in `nixos/hosts`.
 */
export function flakeFiles(root: string, host: string): Record<string, string> {
  const own = `nixos/hosts/${host}.nix`;
  if (!existsSync(join(root, own))) {
    throw new Error(
      `Unable to build service ${host}: there is no ${own}. ` +
        `Write it (nixos/hosts/miniflux.nix is an example) or set enable = false.`,
    );
  }
  const files: Record<string, string> = {};
  const take = (path: string) => {
    if (path in files) return;
    const text = (files[path] = readFileSync(join(root, path), "utf8"));
    if (!path.endsWith(".nix")) return;
    for (const [reference] of text.replaceAll(/(^|\s)#.*$/gm, "$1").matchAll(literal)) {
      const target = file(root, normalize(join(dirname(path), reference)));
      if (target) take(target);
    }
  };
  ["flake.nix", "flake.lock", own].filter((path) => existsSync(join(root, path))).forEach(take);
  return files;
}

/** The file that a Nix path stands for, unless it is a folder of many or made on the host. */
function file(root: string, path: string): string | undefined {
  if (path.startsWith(`..${sep}`)) return undefined;
  const found = [path, join(path, "default.nix")].find(
    (each) => /\.\w+$/.test(each) && existsSync(join(root, each)),
  );
  return found;
}
