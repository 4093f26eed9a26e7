import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The parts of a lock file that say what `flake.nix` asks for. */
interface Lock {
  readonly nodes?: { readonly nixpkgs?: { readonly original?: { readonly ref?: unknown } } };
}

/**
 * The release of NixOS that a checkout's `flake.lock` has, such as 26.05.
 *
 * @throws if there is no such file, or its nixpkgs is of no release
 */
export function pinnedRelease(root: string): string {
  const { nodes } = JSON.parse(readFileSync(join(root, "flake.lock"), "utf8")) as Lock;
  const ref = nodes?.nixpkgs?.original?.ref;
  const release = typeof ref === "string" ? /^nixos-(\d{2}\.\d{2})/.exec(ref)?.[1] : undefined;
  if (release === undefined) {
    throw new Error(`the nixpkgs of flake.lock is of no release of NixOS, but of ${String(ref)}`);
  }
  return release;
}
