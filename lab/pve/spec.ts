import { BRIDGE } from "../labNetworks";
import type { ContainerSpec, InterfaceSpec, MountPointSpec } from "../lxc/spec";
import type { Values } from "./configFile";
import { splitPropertyString } from "./propertyString";
import { configParameters } from "./schema";

/** The parts of a property string in a configuration that was checked when it was written. */
export function partsOf(key: string, value: string): Record<string, string> {
  const name = key.replace(/\d+$/, "");
  const parameter = configParameters[`${name}[n]`] ?? configParameters[name];
  return splitPropertyString(value, parameter?.properties ?? {});
}

/** Splits a list as Proxmox does. */
export function splitList(text: string | undefined): string[] {
  return (text ?? "").split(/[,;\s\0]+/).filter(Boolean);
}

function indexed(values: Values, name: string): [number, Record<string, string>][] {
  return Object.keys(values)
    .flatMap((key) => new RegExp(`^${name}(\\d+)$`).exec(key)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)
    .map((index) => [index, partsOf(name, values[`${name}${index}`]!)]);
}

function interfaceOf([index, net]: [number, Record<string, string>]): InterfaceSpec {
  const { name, hwaddr, mtu, ip, gw, ip6, gw6 } = net;
  return {
    index,
    name: name!,
    hwaddr: hwaddr!,
    bridge: net.bridge ?? BRIDGE,
    tag: net.tag === undefined ? undefined : Number(net.tag),
    mtu: mtu === undefined ? undefined : Number(mtu),
    linkDown: net.link_down === "1",
    firewall: net.firewall === "1",
    ip,
    gw,
    ip6,
    gw6,
  };
}

function mountPointOf([index, mp]: [number, Record<string, string>]): MountPointSpec {
  const source = mp.volume!.startsWith("/") ? mp.volume! : mp.volume!.replace(/^[^:]*:/, "");
  return { key: `mp${index}`, source, path: mp.mp!, readOnly: mp.ro === "1" };
}

/** What LXC must know about a container, from its Proxmox configuration. */
export function specOf(vmid: number, values: Values): ContainerSpec {
  const number = (key: string) => (values[key] === undefined ? undefined : Number(values[key]));
  const features = partsOf("features", values.features ?? "");
  return {
    vmid,
    hostname: values.hostname ?? `CT${vmid}`,
    arch: values.arch ?? "amd64",
    unprivileged: values.unprivileged === "1",
    nesting: features.nesting === "1",
    limits: {
      memory: number("memory") ?? 512,
      swap: number("swap") ?? 0,
      cores: number("cores"),
      cpulimit: number("cpulimit"),
      cpuunits: number("cpuunits"),
    },
    interfaces: indexed(values, "net").map(interfaceOf),
    mountPoints: indexed(values, "mp").map(mountPointOf),
    nameservers: splitList(values.nameserver),
    searchDomains: splitList(values.searchdomain),
    timezone: values.timezone,
    entrypoint: values.entrypoint,
    env: (values.env ?? "").split("\0").filter(Boolean),
    ttys: number("tty") ?? 2,
  };
}
