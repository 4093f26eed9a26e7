import { existsSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Limits } from "./spec";

const ROOT = "/sys/fs/cgroup";
const PERIOD = 100000;
const MIB = 1024 * 1024;

/** Whether this kernel runs only the unified hierarchy (version 2). */
export const unified = existsSync(join(ROOT, "cgroup.controllers"));

/** One setting of a control group. */
interface Setting {
  readonly controller: string;
  readonly file: string;
  readonly value: string;
}

/** A container's control group below its lab's, as LXC names it. */
export function groupOf(lab: string, vmid: number): string {
  return `${lab}/${vmid}`;
}

function fileOf(group: string, controller: string, file: string): string {
  return unified ? join(ROOT, group, file) : join(ROOT, controller, group, file);
}

function read(group: string, controller: string, file: string): string | undefined {
  try {
    return readFileSync(fileOf(group, controller, file), "utf8").trim();
  } catch {
    return undefined;
  }
}

/** `0-2,5` is 0, 1, 2 and 5. */
export function parseCpus(list: string): number[] {
  return list
    .split(",")
    .filter(Boolean)
    .flatMap((range) => {
      const [first, last] = range.split("-").map(Number) as [number, number?];
      return Array.from({ length: (last ?? first) - first + 1 }, (_, i) => first + i);
    });
}

/** The processors that the machine gives to containers. */
export function hostCpus(): number[] {
  return parseCpus(read("", "cpuset", unified ? "cpuset.cpus.effective" : "cpuset.cpus") ?? "0");
}

/** Picks the processors that the lab's other containers use least; none if all are wanted. */
function pickCpus(lab: string, vmid: number, cores: number | undefined): string | undefined {
  const cpus = hostCpus();
  if (cores === undefined || cores >= cpus.length) return unified ? undefined : cpus.join(",");
  const users = new Map(cpus.map((cpu) => [cpu, 0]));
  for (const other of members(lab)) {
    if (other === String(vmid)) continue;
    const used = parseCpus(read(`${lab}/${other}`, "cpuset", "cpuset.cpus") ?? "");
    for (const cpu of used) users.set(cpu, (users.get(cpu) ?? 0) + 1);
  }
  const byUse = [...cpus].sort((a, b) => users.get(a)! - users.get(b)!);
  return byUse
    .slice(0, cores)
    .sort((a, b) => a - b)
    .join(",");
}

function members(lab: string): string[] {
  const dir = unified ? join(ROOT, lab) : join(ROOT, "cpuset", lab);
  if (!existsSync(dir)) return [];
  const found = readdirSync(dir, { withFileTypes: true });
  return found.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/** The settings that put a container's limits in force, in the order in which they must be written. */
export function settings(lab: string, vmid: number, limits: Limits): Setting[] {
  const { memory, swap, cpulimit, cpuunits } = limits;
  const max = memory * MIB;
  const quota = cpulimit ? Math.trunc(cpulimit * PERIOD) : undefined;
  const cpus = pickCpus(lab, vmid, limits.cores);
  const cpuset = cpus ? [{ controller: "cpuset", file: "cpuset.cpus", value: cpus }] : [];
  const set = (controller: string, file: string, value: string | number): Setting => ({
    controller,
    file,
    value: String(value),
  });
  if (unified) {
    return [
      set("memory", "memory.max", max),
      // Proxmox throttles a little below the hard limit.
      set(
        "memory",
        "memory.high",
        Math.trunc(memory >= 16384 ? max - 128 * MIB : memory * 1040384),
      ),
      set("memory", "memory.swap.max", swap * MIB),
      set("cpu", "cpu.max", `${quota ?? "max"} ${PERIOD}`),
      set("cpu", "cpu.weight", cpuunits ?? 100),
      ...cpuset,
    ];
  }
  const countsSwap = existsSync(join(ROOT, "memory", "memory.memsw.limit_in_bytes"));
  return [
    set("memory", "memory.limit_in_bytes", max),
    ...(countsSwap ? [set("memory", "memory.memsw.limit_in_bytes", max + swap * MIB)] : []),
    set("cpu", "cpu.cfs_period_us", PERIOD),
    set("cpu", "cpu.cfs_quota_us", quota ?? -1),
    set("cpu", "cpu.shares", cpuunits ?? 1024),
    ...cpuset,
  ];
}

/** Puts new limits in force in a container that runs. */
export function applyLimits(lab: string, vmid: number, limits: Limits): void {
  const group = groupOf(lab, vmid);
  const wanted = settings(lab, vmid, limits);
  const write = ({ controller, file, value }: Setting) =>
    writeFileSync(fileOf(group, controller, file), value);
  // Version 1 requires memory <= memory + swap at every step, in either direction.
  const swapFirst = wanted.find((s) => s.file === "memory.memsw.limit_in_bytes");
  const current = Number(read(group, "memory", "memory.limit_in_bytes"));
  if (swapFirst && limits.memory * MIB > current) write(swapFirst);
  for (const setting of wanted) write(setting);
}

/** What a running container uses: bytes of memory, and nanoseconds of processor time. */
export function usage(lab: string, vmid: number): { memory: number; cpuTime: number } {
  const group = groupOf(lab, vmid);
  const stat = read(group, "memory", "memory.stat") ?? "";
  const field = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, "m").exec(stat)?.[1] ?? 0);
  if (unified) {
    const cpu = /^usage_usec (\d+)$/m.exec(read(group, "cpu", "cpu.stat") ?? "")?.[1] ?? 0;
    const memory = Number(read(group, "memory", "memory.current") ?? 0) - field("inactive_file");
    return { memory: Math.max(0, memory), cpuTime: Number(cpu) * 1000 };
  }
  const used = Number(read(group, "memory", "memory.usage_in_bytes") ?? 0);
  const cpuTime = Number(read(group, "cpuacct", "cpuacct.usage") ?? 0);
  return { memory: Math.max(0, used - field("total_cache")), cpuTime };
}

/** Removes a lab's empty control groups, which LXC leaves behind; returns whether none is left. */
export function removeGroups(lab: string): boolean {
  const remove = (dir: string): void => {
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
      if (entry.isDirectory()) remove(join(dir, entry.name));
    }
    try {
      rmdirSync(dir);
    } catch {
      // Something still runs in it.
    }
  };
  const controllers = unified ? [""] : readdirSync(ROOT);
  const dirs = controllers
    .map((controller) => join(ROOT, controller, lab))
    .filter((dir) => existsSync(dir));
  dirs.forEach(remove);
  return !dirs.some((dir) => existsSync(dir));
}
