import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Runs work while no other process does so under the same lock. A lock whose process is gone is
 * taken over.
 */
export async function withLock<T>(
  file: string,
  report: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  let announced = false;
  while (!take(file)) {
    const owner = ownerOf(file);
    if (owner === undefined ? isOlderThan(10_000, file) : !isAlive(owner)) {
      discard(file);
      continue;
    }
    if (!announced)
      report(`Waiting for another run${owner ? ` (process ${owner})` : ""} to finish`);
    announced = true;
    await sleep(500);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function take(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Renames it first, so that only one of several processes removes it. */
function discard(file: string): void {
  const claimed = `${file}.${process.pid}`;
  try {
    renameSync(file, claimed);
  } catch {
    return;
  }
  rmSync(claimed, { force: true });
}

/** A lock without a number belongs to a process that ended while writing it. */
function isOlderThan(milliseconds: number, file: string): boolean {
  const { mtimeMs } = statSync(file, { throwIfNoEntry: false }) ?? { mtimeMs: Infinity };
  return Date.now() - mtimeMs > milliseconds;
}

function ownerOf(file: string): number | undefined {
  try {
    return Number(readFileSync(file, "utf8")) || undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
