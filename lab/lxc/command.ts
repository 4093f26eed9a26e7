import { join } from "node:path";
import { LabError } from "../errors";
import { NO_PATH, type LabPaths } from "../paths";
import { CommandError, run } from "../run";

/** A container's state as LXC knows it; `pid` is its init, seen from the host. */
export interface LiveState {
  readonly running: boolean;
  readonly pid?: number;
}

/** The files of one container. */
export function containerPaths(paths: LabPaths, vmid: number) {
  const dir = join(paths.disks, String(vmid));
  const running = join(paths.run, String(vmid));
  return {
    dir,
    log: join(dir, "lxc.log"),
    upper: join(dir, "upper"),
    work: join(dir, "work"),
    /** Which template the container was made from. */
    template: join(dir, "template"),
    volume: (key: string) => join(dir, key),
    /** What LXC needs while it runs. */
    running,
    config: join(running, "config"),
    rootfs: join(running, "rootfs"),
    mountedVolume: (key: string) => join(running, key),
  };
}

/** Runs one of LXC's tools on the lab's own containers. */
export function lxc(paths: LabPaths, tool: string, args: readonly string[]) {
  const env = { ...process.env, PATH: NO_PATH };
  return run(`/usr/bin/${tool}`, ["-P", paths.run, ...args], { env });
}

/** Asks LXC whether a container runs. */
export async function inspect(paths: LabPaths, vmid: number): Promise<LiveState> {
  const { stdout } = await lxc(paths, "lxc-info", ["-n", String(vmid), "-s", "-p"]).catch(
    (error: unknown) => {
      if (error instanceof CommandError && /doesn't exist/.test(error.stderr)) {
        return { stdout: "" };
      }
      throw new LabError(`Unable to look at container ${vmid}: ${(error as Error).message}.`);
    },
  );
  const pid = /^PID:\s+(\d+)$/m.exec(stdout)?.[1];
  return /^State:\s+(RUNNING|FROZEN)$/m.test(stdout) && pid
    ? { running: true, pid: Number(pid) }
    : { running: false };
}
