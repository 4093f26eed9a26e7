import { randomBytes } from "node:crypto";
import type { Cluster } from "../cluster";
import type { Values } from "../configFile";
import { failure, parameterError } from "../errors";
import { formatSize, parseSize, printPropertyString } from "../propertyString";
import { configParameters } from "../schema";
import { partsOf, splitList } from "../spec";

const NEW_DISK = /^([^:\s]+):(\d+(?:\.\d+)?)$/;
const GIB = 1024 ** 3;

/** A random address with Proxmox's own prefix. */
function randomMac(): string {
  const tail = [...randomBytes(3)].map((byte) => byte.toString(16).padStart(2, "0"));
  return `BC:24:11:${tail.join(":").toUpperCase()}`;
}

function print(key: string, parts: Record<string, string>): string {
  const name = key.replace(/\d+$/, "");
  const parameter = configParameters[`${name}[n]`] ?? configParameters[name];
  return printPropertyString(parts, parameter?.properties ?? {});
}

function network(cluster: Cluster, key: string, value: string): string {
  const net = partsOf(key, value);
  if (net.bridge !== undefined && !cluster.bridges().includes(net.bridge)) {
    throw parameterError({ [key]: `bridge '${net.bridge}' does not exist` });
  }
  const hwaddr = net.hwaddr?.toUpperCase() ?? randomMac();
  return print(key, { ...net, hwaddr, type: "veth" });
}

/** The next free number of a container's disks. */
function nextDisk(vmid: number, used: Values): number {
  const pattern = new RegExp(`:vm-${vmid}-disk-(\\d+)`);
  const numbers = Object.values(used).flatMap((value) => pattern.exec(value)?.[1] ?? []);
  return Math.max(-1, ...numbers.map(Number)) + 1;
}

function disk(cluster: Cluster, vmid: number, key: string, value: string, used: Values): string {
  const parts = partsOf(key, value);
  const volume = parts.volume!;
  const storage = volume.split(":")[0]!;
  if (!cluster.checkStorage(storage).content.split(",").includes("rootdir")) {
    const error = `storage '${storage}' does not support container directories`;
    throw parameterError({ storage: error });
  }
  const gigabytes = NEW_DISK.exec(volume)?.[2];
  if (gigabytes !== undefined) {
    const name = `${storage}:vm-${vmid}-disk-${nextDisk(vmid, used)}`;
    return print(key, { ...parts, volume: name, size: formatSize(Number(gigabytes) * GIB) });
  }
  if (!Object.values(used).some((other) => other.split(",")[0] === volume)) {
    throw failure(`volume '${volume}' does not exist`);
  }
  if (parts.size !== undefined) parts.size = formatSize(parseSize(parts.size)!);
  return print(key, parts);
}

/**
 * Turns settings into what Proxmox stores: disks get a name, interfaces an address.
 *
 * @param used settings whose disks are taken
 */
export function storedValues(cluster: Cluster, vmid: number, given: Values, used: Values): Values {
  const stored: Record<string, string> = {};
  for (const key of Object.keys(given).sort()) {
    const value = given[key]!;
    if (/^net\d+$/.test(key)) stored[key] = network(cluster, key, value);
    else if (/^(rootfs|mp\d+)$/.test(key)) {
      stored[key] = disk(cluster, vmid, key, value, { ...used, ...stored });
    } else if (key === "nameserver" || key === "searchdomain") {
      stored[key] = splitList(value).join(" ");
    } else if (key === "tags") {
      stored[key] = [...new Set(splitList(value).map((tag) => tag.toLowerCase()))].sort().join(";");
    } else stored[key] = value;
  }
  return stored;
}
