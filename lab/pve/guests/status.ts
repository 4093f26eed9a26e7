import { cpus } from "node:os";
import { readFileSync } from "node:fs";
import type { Cluster } from "../cluster";
import { parseSize } from "../propertyString";
import type { Call } from "../route";
import { configParameters } from "../schema";
import { parameterOf } from "../check";
import type { Values } from "../configFile";
import { partsOf } from "../spec";
import type { Placement } from "../store";
import { currentValues } from "./pending";

const MIB = 1024 ** 2;
const TICKS = 100;

/** Processor time at the last query, to calculate the load since. */
const lastLooks = new Map<string, { time: number; cpuTime: number; cpu: number }>();

function load(cluster: Cluster, vmid: number, cpuTime: number, cores: number): number {
  const key = `${cluster.info.bridge}/${vmid}`;
  const time = Date.now();
  const last = lastLooks.get(key);
  if (last && time - last.time < 1000) return last.cpu;
  const used = last ? (cpuTime - last.cpuTime) / ((time - last.time) * 1e6) / cores : 0;
  const cpu = Math.max(0, used);
  lastLooks.set(key, { time, cpuTime, cpu });
  return cpu;
}

/** Seconds since a process began. */
function uptimeOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    const uptime = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]);
    return Math.max(0, Math.trunc(uptime - Number(fields[19]) / TICKS));
  } catch {
    return 0;
  }
}

/** A container's state, as lists and `status/current` show it. */
export async function statusOf(cluster: Cluster, { node, vmid }: Placement) {
  const { values } = cluster.store.load(node, vmid);
  const { running, pid } = await cluster.containers.inspect(vmid);
  const cores = Number(values.cores ?? values.cpulimit ?? 0) || cpus().length;
  const used = running ? cluster.containers.usage(vmid) : { memory: 0, cpuTime: 0 };
  const rootfs = partsOf("rootfs", values.rootfs ?? "");
  return {
    vmid,
    type: "lxc",
    name: values.hostname ?? `CT${vmid}`,
    status: running ? "running" : "stopped",
    ...(pid === undefined ? {} : { pid }),
    cpus: cores,
    cpu: running ? load(cluster, vmid, used.cpuTime, cores) : 0,
    mem: used.memory,
    maxmem: Number(values.memory ?? 512) * MIB,
    swap: 0,
    maxswap: Number(values.swap ?? 0) * MIB,
    disk: 0,
    maxdisk: parseSize(rootfs.size ?? "4G"),
    diskread: 0,
    diskwrite: 0,
    netin: 0,
    netout: 0,
    uptime: pid === undefined ? 0 : uptimeOf(pid),
    ...(values.tags ? { tags: values.tags } : {}),
    ...(values.template === "1" ? { template: 1 } : {}),
    ...(values.lock ? { lock: values.lock } : {}),
  };
}

/** Settings with the types that Proxmox answers with. */
function typed(values: Values): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => {
      const type = parameterOf(configParameters, key)?.type;
      return [key, type === "integer" || type === "boolean" ? Number(value) : value];
    }),
  );
}

/** A container's settings, including pending ones unless only the current ones are asked for. */
export function readConfig({ cluster, params, node, vmid }: Call): object {
  const config = cluster.store.load(node, vmid);
  const values = params.current === "1" ? config.values : currentValues(config);
  return { ...typed(values), digest: config.digest };
}

/** Each setting with what it is and what it will be. */
export function readPending({ cluster, node, vmid }: Call): object[] {
  const { values, pending, pendingDelete } = cluster.store.load(node, vmid);
  const now = typed(values);
  const later = typed(pending);
  return [...new Set([...Object.keys(values), ...Object.keys(pending)])].sort().map((key) => ({
    key,
    ...(key in now ? { value: now[key] } : {}),
    ...(key in later ? { pending: later[key] } : {}),
    ...(pendingDelete.includes(key) ? { delete: 1 } : {}),
  }));
}

/** A running container's addresses, as seen from inside. */
export async function readInterfaces({ cluster, node, vmid }: Call): Promise<object[] | null> {
  cluster.store.load(node, vmid);
  const { pid } = await cluster.containers.inspect(vmid);
  if (pid === undefined) return null;
  return (await cluster.containers.links(pid)).map(({ ifname, address, addr_info: addresses }) => ({
    name: ifname,
    hwaddr: address,
    "hardware-address": address,
    "ip-addresses": addresses.map(({ family, local, prefixlen }) => ({
      "ip-address-type": family,
      "ip-address": local,
      prefix: prefixlen,
    })),
    ...Object.fromEntries(addresses.map((a) => [a.family, `${a.local}/${a.prefixlen}`])),
  }));
}
