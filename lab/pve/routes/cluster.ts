import { cpus, freemem, loadavg, release, totalmem, uptime, version } from "node:os";
import { networksOf } from "../../labNetworks";
import type { Cluster } from "../cluster";
import { failure, parameterError } from "../errors";
import { listMachines, machineStatus } from "../guests/machines";
import { statusOf } from "../guests/status";
import type { Call, Route } from "../route";
import type { Placement } from "../store";
import { space } from "./storage";

/** The release whose behaviour the lab follows. */
const VERSION = { release: "9.1", version: "9.1.1", repoid: "nixmox-lab" };
const NEXT_ID = { lower: 100, upper: 1_000_000 };

function usageOf(cluster: Cluster) {
  const { total, used } = space(cluster);
  return {
    cpu: Math.min(1, loadavg()[0]! / cpus().length),
    maxcpu: cpus().length,
    mem: totalmem() - freemem(),
    maxmem: totalmem(),
    disk: used,
    maxdisk: total,
    uptime: Math.trunc(uptime()),
  };
}

function nextId({ cluster, params }: Call): string {
  const guests = [...cluster.store.list(), ...listMachines(cluster)];
  const taken = new Set(guests.map(({ vmid }) => vmid));
  if (params.vmid !== undefined) {
    const wanted = Number(params.vmid);
    if (taken.has(wanted)) throw parameterError({ vmid: `VM ${wanted} already exists` });
    return params.vmid;
  }
  for (let id = NEXT_ID.lower; id < NEXT_ID.upper; id++) if (!taken.has(id)) return String(id);
  throw failure(`unable to get any free VMID in range [${NEXT_ID.lower}, ${NEXT_ID.upper}]`);
}

async function resources({ cluster, session, params }: Call): Promise<object[]> {
  const nodes = cluster.info.nodes.map((node) => ({
    id: `node/${node}`,
    type: "node",
    node,
    status: "online",
    ...(session.may(`/nodes/${node}`, "Sys.Audit") ? usageOf(cluster) : {}),
  }));
  const isVisible = ({ vmid }: Placement) => session.may(`/vms/${vmid}`, "VM.Audit");
  const placements = cluster.store.list().filter(isVisible);
  const guests = await Promise.all(
    placements.map(async ({ vmid, node }) => {
      const { cpus: maxcpu, ...status } = await statusOf(cluster, { vmid, node });
      const pool = cluster.pools.of(vmid);
      return { ...status, id: `lxc/${vmid}`, node, maxcpu, ...(pool ? { pool } : {}) };
    }),
  );
  const machines = listMachines(cluster)
    .filter(isVisible)
    .map((placement) => machineStatus(cluster, placement));
  const storages = cluster.info.nodes.flatMap((node) =>
    Object.entries(cluster.storages())
      .filter(([storage]) => session.may(`/storage/${storage}`, "Datastore.Audit"))
      .map(([storage, { type, content }]) => ({
        id: `storage/${node}/${storage}`,
        type: "storage",
        plugintype: type,
        node,
        storage,
        content,
        shared: 0,
        status: "available",
        disk: space(cluster).used,
        maxdisk: space(cluster).total,
      })),
  );
  const kinds = { node: nodes, vm: [...guests, ...machines], storage: storages, sdn: [] };
  if (params.type !== undefined) return kinds[params.type as keyof typeof kinds] ?? [];
  return [...nodes, ...guests, ...machines, ...storages];
}

function nodeStatus({ cluster }: Call): object {
  const { total, used, avail } = space(cluster);
  const [cpu] = cpus();
  return {
    uptime: Math.trunc(uptime()),
    loadavg: loadavg().map((value) => value.toFixed(2)),
    kversion: `Linux ${release()} ${version()}`,
    pveversion: `pve-manager/${VERSION.version}/${VERSION.repoid}`,
    "current-kernel": {
      sysname: "Linux",
      release: release(),
      version: version(),
      machine: "x86_64",
    },
    cpu: usageOf(cluster).cpu,
    cpuinfo: { model: cpu?.model, cores: cpus().length, cpus: cpus().length, sockets: 1 },
    memory: {
      total: totalmem(),
      free: freemem(),
      used: totalmem() - freemem(),
      available: freemem(),
    },
    rootfs: { total, used, avail, free: avail },
  };
}

function networks({ cluster, params }: Call): object[] {
  const networks = networksOf(cluster.current());
  const bridges = cluster.bridges().map((iface) => {
    // The machine's address in a VLAN is not the bridge's own.
    const own = networks.find(({ at }) =>
      at.some((a) => a.bridge === iface && a.tag === undefined),
    );
    const size = own?.cidr.split("/")[1];
    return {
      iface,
      type: "bridge",
      method: own ? "static" : "manual",
      families: ["inet"],
      ...(own && { address: own.gateway, netmask: size, cidr: `${own.gateway}/${size}` }),
      active: 1,
      autostart: 1,
      bridge_ports: "",
      bridge_vlan_aware: 1,
    };
  });
  const all = params.type === undefined || /^(any_)?bridge|any_local_bridge$/.test(params.type);
  return all ? bridges : [];
}

/** The cluster as a whole, and its nodes. */
export const clusterRoutes: readonly Route[] = [
  { method: "GET", path: "/version", run: () => VERSION },
  { method: "GET", path: "/cluster/nextid", run: nextId },
  { method: "GET", path: "/cluster/resources", run: resources },
  {
    method: "GET",
    path: "/cluster/status",
    needs: { path: "/", all: ["Sys.Audit"] },
    run: ({ cluster }) => [
      {
        id: "cluster",
        type: "cluster",
        name: cluster.info.name,
        nodes: cluster.info.nodes.length,
        quorate: 1,
        version: 1,
      },
      ...cluster.info.nodes.map((name, index) => ({
        id: `node/${name}`,
        type: "node",
        name,
        nodeid: index + 1,
        ip: "127.0.0.1",
        online: 1,
        local: index === 0 ? 1 : 0,
        level: "",
      })),
    ],
  },
  {
    method: "GET",
    path: "/nodes",
    run: ({ cluster, session }) =>
      cluster.info.nodes.map((node) => ({
        id: `node/${node}`,
        type: "node",
        node,
        status: "online",
        level: "",
        ...(session.may(`/nodes/${node}`, "Sys.Audit") ? usageOf(cluster) : {}),
      })),
  },
  {
    method: "GET",
    path: "/nodes/{node}/status",
    needs: { path: "/nodes/{node}", all: ["Sys.Audit"] },
    run: nodeStatus,
  },
  { method: "GET", path: "/nodes/{node}/version", run: () => VERSION },
  { method: "GET", path: "/nodes/{node}/network", run: networks },
];
