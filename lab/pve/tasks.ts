import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { parameterError } from "./errors";

/** What a UPID says. */
export interface TaskId {
  readonly node: string;
  readonly pid: number;
  readonly pstart: number;
  readonly starttime: number;
  readonly type: string;
  readonly id: string;
  readonly user: string;
}

/** A task with its state. */
export interface Task extends TaskId {
  readonly upid: string;
  readonly running: boolean;
  readonly exitstatus?: string;
  readonly endtime?: number;
}

/** Writes to a task's log. */
export type TaskLog = (line: string) => void;

const hex = (number: number) => number.toString(16).toUpperCase().padStart(8, "0");

/** Prints a task's id as Proxmox does. */
export function encodeUpid(task: TaskId): string {
  const { node, pid, pstart, starttime, type, id, user } = task;
  return `UPID:${node}:${hex(pid)}:${hex(pstart)}:${hex(starttime)}:${type}:${id}:${user}:`;
}

/** Reads a UPID; refuses anything else. */
export function decodeUpid(upid: string): TaskId {
  const match =
    /^UPID:([a-zA-Z0-9-]+):([0-9A-Fa-f]{8}):([0-9A-Fa-f]{8,9}):([0-9A-Fa-f]{8}):([^:\s/]+):([^:\s/]*):([^:\s/]+):$/.exec(
      upid,
    );
  if (!match) throw parameterError({ upid: "unable to parse worker upid" });
  const number = (index: number) => parseInt(match[index]!, 16);
  return {
    node: match[1]!,
    pid: number(2),
    pstart: number(3),
    starttime: number(4),
    type: match[5]!,
    id: match[6]!,
    user: match[7]!,
  };
}

/** Runs work in the background and keeps its log, as a Proxmox node does with its workers. */
export class Tasks {
  private readonly active = new Map<string, Promise<void>>();
  private nextPid = process.pid;
  private readonly pstart = Number(
    readFileSync("/proc/self/stat", "utf8")
      .replace(/^.*\) /, "")
      .split(" ")[19],
  );

  constructor(private readonly dir: string) {
    mkdirSync(dir, { recursive: true });
  }

  /** Starts a task and returns its UPID at once. */
  start(
    node: string,
    type: string,
    id: string,
    user: string,
    work: (log: TaskLog) => Promise<void>,
  ): string {
    const starttime = Math.trunc(Date.now() / 1000);
    // Each of Proxmox's workers is a process; here they share one, so the number only tells tasks apart.
    const pid = (this.nextPid = (this.nextPid % 0x3fffff) + 1);
    const upid = encodeUpid({ node, pid, pstart: this.pstart, starttime, type, id, user });
    const file = this.file(upid);
    writeFileSync(file, "");
    const log: TaskLog = (line) => appendFileSync(file, `${line.trimEnd()}\n`);
    const done = work(log).then(
      () => log("TASK OK"),
      (error: Error) => log(`TASK ERROR: ${error.message.trim().replace(/\n+/g, "; ")}`),
    );
    this.active.set(
      upid,
      done.finally(() => this.active.delete(upid)),
    );
    return upid;
  }

  get(upid: string): Task {
    const id = decodeUpid(upid);
    const file = this.file(upid);
    if (!existsSync(file)) throw parameterError({ upid: "no such task" });
    if (this.active.has(upid)) return { ...id, upid, running: true };
    const last = readFileSync(file, "utf8").trimEnd().split("\n").at(-1) ?? "";
    const endtime = Math.trunc(statSync(file).mtimeMs / 1000);
    return { ...id, upid, running: false, exitstatus: exitStatus(last), endtime };
  }

  log(upid: string): string[] {
    this.get(upid);
    const lines = readFileSync(this.file(upid), "utf8").split("\n");
    return lines.slice(0, -1);
  }

  /** All tasks, the newest first. */
  list(node?: string): Task[] {
    return readdirSync(this.dir)
      .map((upid) => this.get(upid))
      .filter((task) => node === undefined || task.node === node)
      .sort((a, b) => b.starttime - a.starttime || b.pid - a.pid);
  }

  /** Waits until a task is over. */
  async finished(upid: string): Promise<void> {
    await this.active.get(upid);
  }

  /** Waits until nothing runs any more. */
  async idle(): Promise<void> {
    await Promise.all(this.active.values());
  }

  private file(upid: string): string {
    return join(this.dir, upid);
  }
}

function exitStatus(lastLine: string): string {
  if (lastLine === "TASK OK") return "OK";
  return /^TASK ERROR: (.+)$/.exec(lastLine)?.[1] ?? "unexpected status";
}
