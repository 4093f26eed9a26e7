import { join } from "node:path";
import { messageOf } from "../../cli/command";
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
    /** Which template the container was created from. */
    template: join(dir, "template"),
    /** A disk by its name; a path of the node is itself. */
    volume: (source: string) => (source.startsWith("/") ? source : join(dir, source)),
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
  const printed = await lxc(paths, "lxc-info", ["-n", String(vmid), "-s", "-p"]).then(
    ({ stdout }) => stdout,
    (error: unknown) => {
      if (error instanceof CommandError && /doesn't exist/.test(error.stderr)) return undefined;
      throw new LabError(`Unable to look at container ${vmid}: ${messageOf(error)}.`);
    },
  );
  return printed === undefined ? { running: false } : parseInfo(printed);
}

/** A container's states in LXC's words, and whether its processes run. */
const RUNS: Readonly<Record<string, boolean>> = {
  STOPPED: false,
  STARTING: false,
  RUNNING: true,
  STOPPING: false,
  ABORTING: false,
  FREEZING: true,
  FROZEN: true,
  THAWED: true,
};

/** Reads the output of `lxc-info -s -p`. */
export function parseInfo(text: string): LiveState {
  const field = (name: string) => new RegExp(`^${name}:\\s+(\\S+)$`, "m").exec(text)?.[1];
  const running = RUNS[field("State") ?? ""];
  const pid = Number(field("PID"));
  if (running === false) return { running };
  if (running === true && pid > 0) return { running, pid };
  throw new LabError(
    `Unable to read what \`lxc-info\` printed: ${JSON.stringify(text)}. ` +
      "Use the lxc of Debian 12 or 13.",
  );
}
