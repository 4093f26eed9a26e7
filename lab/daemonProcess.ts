import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ask } from "./client";
import { LabError } from "./errors";
import { writeAtomic } from "./info";
import { projectDir, type LabPaths } from "./paths";

const PROGRAM = join(projectDir, "lab", "pve", "daemon.ts");
const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** The daemon's process id, if it runs: by now, the number in the file may belong to another process. */
export function daemonPid(paths: LabPaths): number | undefined {
  if (!existsSync(paths.pid)) return undefined;
  const pid = readFileSync(paths.pid, "utf8").trim();
  try {
    const args = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return args.some((arg) => arg.endsWith("lab/pve/daemon.ts")) && args.includes(paths.dir)
      ? Number(pid)
      : undefined;
  } catch {
    return undefined;
  }
}

function lastLines(file: string): string {
  const lines = readFileSync(file, "utf8").trim().split("\n");
  return lines.slice(-5).join("\n");
}

/** Starts the daemon in the background and waits until the API answers. */
export async function startDaemon(paths: LabPaths, port: number, boot: boolean): Promise<number> {
  const log = openSync(paths.log, "a");
  const args = ["--import", require.resolve("tsx"), PROGRAM, paths.dir];
  const child = spawn(process.execPath, boot ? [...args, "boot"] : args, {
    cwd: projectDir,
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  child.unref();
  writeAtomic(paths.pid, `${child.pid}\n`);
  for (let tries = 0; tries < 300 && child.exitCode === null; tries++) {
    await sleep(100);
    const answered = await ask(paths.dir, port, "/version").then(
      () => true,
      () => false,
    );
    if (answered) return child.pid!;
  }
  child.kill();
  throw new LabError(
    `Unable to start the lab's API: it does not answer. Its log, ${paths.log}, ends with:\n` +
      lastLines(paths.log),
  );
}

/** Stops the daemon once its running tasks have ended. */
export async function stopDaemon(paths: LabPaths): Promise<void> {
  const pid = daemonPid(paths);
  if (pid !== undefined) {
    process.kill(pid, "SIGTERM");
    for (let tries = 0; tries < 1200 && daemonPid(paths) !== undefined; tries++) await sleep(50);
    // A task hangs; the caller or the next start cleans up what it left.
    if (daemonPid(paths) !== undefined) process.kill(pid, "SIGKILL");
  }
  rmSync(paths.pid, { force: true });
}
