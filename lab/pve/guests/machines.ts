import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Cluster } from "../cluster";
import { parseConfig, type Values } from "../configFile";
import { failure } from "../errors";
import type { Call } from "../route";
import type { Placement } from "../store";

const MIB = 1024 ** 2;

/**
 * Virtual machines, as far as the lab has any: configuration files that someone put where Proxmox
 * keeps them. They are listed and read, and they occupy their ids, but never run.
 */
export function listMachines({ paths, info }: Cluster): Placement[] {
  return info.nodes.flatMap((node) => {
    const folder = join(paths.nodes, node, "qemu-server");
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .flatMap((file) => /^(\d+)\.conf$/.exec(file)?.[1] ?? [])
      .map((vmid) => ({ vmid: Number(vmid), node }))
      .sort((a, b) => a.vmid - b.vmid);
  });
}

/** A machine's row in the list of the cluster's resources. */
export function machineStatus(cluster: Cluster, placement: Placement): object {
  const { node, vmid } = placement;
  const { name, tags, template, memory, cores } = machineValues(cluster, placement);
  return {
    id: `qemu/${vmid}`,
    type: "qemu",
    vmid,
    node,
    name: name ?? `VM ${vmid}`,
    status: "stopped",
    maxcpu: Number(cores ?? 1),
    maxmem: Number(memory ?? 512) * MIB,
    uptime: 0,
    ...(tags ? { tags } : {}),
    template: template === "1" ? 1 : 0,
  };
}

/** A machine's settings. */
export function readMachine({ cluster, node, vmid }: Call): object {
  return machineValues(cluster, { node, vmid });
}

function machineValues({ paths }: Cluster, { node, vmid }: Placement): Values {
  const file = join(paths.nodes, node, "qemu-server", `${vmid}.conf`);
  if (existsSync(file)) return parseConfig(readFileSync(file, "utf8")).values;
  throw failure(`Configuration file 'nodes/${node}/qemu-server/${vmid}.conf' does not exist`);
}
