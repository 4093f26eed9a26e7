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

/** Says what is going on, a line at a time. */
export type Log = (line: string) => void;

/**
 * The folder of a build, created if it does not exist yet. It appears complete or not at all, so an
 * interrupted build leaves nothing that a later one would trust.
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

/** Removes what a build that was killed left; none takes an hour. */
function removeAbandoned(dir: string): void {
  for (const name of readdirSync(dir).filter((entry) => entry.includes(".partial-"))) {
    const partial = join(dir, name);
    const age = Date.now() - statSync(partial).mtimeMs;
    if (age > 60 * 60 * 1000) rmSync(partial, { recursive: true, force: true });
  }
}

/**
 * Copies a tree so that what is user N in the one is user 100000+N in the other, as unprivileged
 * containers need it. A tar in a user namespace does that right for capabilities and set-user-id
 * bits too.
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
