import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { dirname } from "node:path";
import { isRunFolder } from "./secretFiles";

/** Who holds a lock, as its file says. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly user: string;
  readonly since: string;
  readonly what: string;
  /** A folder that goes with the run. */
  readonly folder: string;
}

/**
 * Takes a lock, or says who has it. A lock whose process is gone is taken over, with what the process
 * had no time to remove.
 *
 * @returns releases it
 */
export function takeLock(file: string, what: string, folder: string): () => void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const own: Holder = {
    pid: process.pid,
    host: hostname(),
    user: userInfo().username,
    since: new Date().toISOString(),
    what,
    folder,
  };
  for (let tries = 0; !create(file, own); tries++) {
    const text = read(file);
    const holder = parse(text ?? "");
    if (text !== undefined && holder && isGone(holder)) {
      if (isRunFolder(holder.folder)) rmSync(holder.folder, { recursive: true, force: true });
      discard(file, text);
    } else if (holder || tries > 20) {
      throw refusal(file, holder);
    } else {
      // It is gone, or its process has not written it yet.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
  }
  return () => {
    if (parse(read(file) ?? "")?.since === own.since) rmSync(file, { force: true });
  };
}

function create(file: string, holder: Holder): boolean {
  try {
    writeFileSync(file, `${JSON.stringify(holder)}\n`, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Of several processes that find the same stale lock, only one removes it. */
function discard(file: string, text: string): void {
  const claimed = `${file}.${process.pid}`;
  try {
    renameSync(file, claimed);
  } catch {
    return;
  }
  // Another one may have taken the lock over in between: then it is still that one's.
  if (read(claimed) !== text) renameSync(claimed, file);
  else rmSync(claimed, { force: true });
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function parse(text: string): Holder | undefined {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return undefined;
  }
}

/** Whether its process has ended; what runs on another machine can't be asked. */
function isGone({ pid, host }: Holder): boolean {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "EPERM";
  }
}

function refusal(file: string, holder: Holder | undefined): Error {
  if (!holder) {
    return new Error(
      `Unable to start: ${file} says that another run is at work, but not which. ` +
        "Once you know that none is, remove that file.",
    );
  }
  const { pid, host, user, since, what } = holder;
  const wayOut =
    host === hostname() ? `or stop it with \`kill ${pid}\`` : `or, if it is gone, remove ${file}`;
  return new Error(
    `Unable to start: ${user} runs \`${what}\` since ${since} (process ${pid} on ${host}). ` +
      `Wait until it has ended, ${wayOut}, and try again.`,
  );
}
