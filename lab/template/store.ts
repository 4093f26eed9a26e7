import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { cacheDir, NO_PATH } from "../paths";
import { run } from "../run";

/** Reports progress, a line at a time. */
export type Log = (line: string) => void;

/**
 * The folder of a build, created if it does not exist yet. It appears complete or not at all, so an
 * interrupted build leaves nothing that a later one could mistake for a result.
 */
export async function once(
  kind: string,
  id: string,
  build: (dir: string) => Promise<void>,
): Promise<string> {
  const dir = join(cacheDir(), kind, id);
  if (existsSync(dir)) return dir;
  mkdirSync(dirname(dir), { recursive: true });
  removeAbandoned(dirname(dir));
  const partial = mkdtempSync(`${dir}.partial-`);
  try {
    await build(partial);
    // Another process may have been faster; its build is as good.
    if (!existsSync(dir)) renameSync(partial, dir);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return dir;
}

/** Removes what killed builds left behind; no build takes an hour. */
function removeAbandoned(dir: string): void {
  for (const name of readdirSync(dir).filter((entry) => entry.includes(".partial-"))) {
    const partial = join(dir, name);
    const age = Date.now() - statSync(partial).mtimeMs;
    if (age > 60 * 60 * 1000) rmSync(partial, { recursive: true, force: true });
  }
}

/**
 * Copies a tree so that user N in the original is user 100000+N in the copy, as unprivileged
 * containers need it. A tar in a user namespace also gets capabilities and set-user-id bits
 * right.
 */
export async function shift(from: string, to: string): Promise<void> {
  mkdirSync(to, { recursive: true });
  await run("chown", ["100000:100000", to]);
  const script = `
    set -euo pipefail
    cd "$2"
    attributes=(--xattrs '--xattrs-include=*')
    tar -C "$1" "\${attributes[@]}" --exclude './dev/*' --numeric-owner -cf - . |
      PATH="$3" /usr/bin/lxc-usernsexec -m b:0:100000:65536 -- \
        /bin/tar "\${attributes[@]}" --numeric-owner -xpf -`;
  await run("bash", ["-c", script, "shift", from, to, NO_PATH]);
}
