import { accessSync, existsSync, readFileSync } from "node:fs";
import { EXTRAS, type LabPaths } from "../paths";
import { groupOf, settings, unified } from "./cgroup";
import { containerPaths } from "./command";
import type { ContainerSpec, InterfaceSpec } from "./spec";

const SHARED = "/usr/share/lxc/config";

/** Whether this machine can create AppArmor profiles for containers. */
function hasAppArmor(): boolean {
  try {
    accessSync("/usr/sbin/apparmor_parser");
    return readFileSync("/sys/module/apparmor/parameters/enabled", "utf8").startsWith("Y");
  } catch {
    return false;
  }
}

function networkLines(net: InterfaceSpec, link: string, bridge: string, vmid: number): string[] {
  const set = (key: string, value: string | number) => `lxc.net.${net.index}.${key} = ${value}`;
  return [
    set("type", "veth"),
    set("link", link),
    set("veth.pair", vethName(bridge, vmid, net.index)),
    set("name", net.name),
    set("hwaddr", net.hwaddr),
    ...(net.mtu ? [set("mtu", net.mtu)] : []),
    // The guest brings it up, with the address that its own configuration names.
  ];
}

/** Unique on the machine, recognisable, and within the kernel's 15 characters. */
export function vethName(bridge: string, vmid: number, index: number): string {
  const lab = [...bridge].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) % 46656, 7);
  return `v${lab.toString(36)}${vmid}i${index}`;
}

/** LXC's configuration of a container: what Proxmox writes, with the lab's own names. */
export function lxcConfig(
  paths: LabPaths,
  bridge: string,
  spec: ContainerSpec,
  linkOf: (net: InterfaceSpec) => string,
): string {
  const at = containerPaths(paths, spec.vmid);
  const group = groupOf(bridge, spec.vmid);
  const include = (name: string) => (existsSync(`${SHARED}/${name}`) ? [`${SHARED}/${name}`] : []);
  const apparmor = hasAppArmor()
    ? ["lxc.apparmor.profile = generated", `lxc.apparmor.allow_nesting = ${spec.nesting ? 1 : 0}`]
    : ["lxc.apparmor.profile = unconfined"];
  const lines = [
    ...include("common.conf").map((file) => `lxc.include = ${file}`),
    ...(spec.unprivileged ? include("userns.conf").map((file) => `lxc.include = ${file}`) : []),
    ...(spec.nesting ? include("nesting.conf").map((file) => `lxc.include = ${file}`) : []),
    ...apparmor,
    "lxc.cgroup.relative = 0",
    `lxc.cgroup.dir.monitor = ${group}.monitor`,
    `lxc.cgroup.dir.monitor.pivot = ${bridge}/pivot`,
    `lxc.cgroup.dir.container = ${group}`,
    // Without force, a guest on version 1 mounts only the controllers that it happens to know.
    `lxc.mount.auto = proc:mixed sys:mixed cgroup:mixed${unified ? "" : ":force"}`,
    `lxc.arch = ${spec.arch}`,
    `lxc.uts.name = ${spec.hostname.split(".")[0]}`,
    ...(spec.unprivileged ? ["lxc.idmap = u 0 100000 65536", "lxc.idmap = g 0 100000 65536"] : []),
    "lxc.autodev = 1",
    "lxc.tty.dir =",
    "lxc.console.path = none",
    `lxc.tty.max = ${spec.ttys}`,
    "lxc.environment = TERM=linux",
    ...spec.env.map((variable) => `lxc.environment = ${variable}`),
    `lxc.rootfs.path = dir:${at.rootfs}`,
    ...(spec.entrypoint ? [`lxc.init.cmd = ${spec.entrypoint}`] : []),
    `lxc.mount.entry = ${paths.extras} ${EXTRAS.slice(1)} none bind,ro,create=dir 0 0`,
    ...spec.mountPoints.map(
      ({ key, path, readOnly }) =>
        `lxc.mount.entry = ${at.mountedVolume(key)} ${path.replace(/^\/+/, "")} none bind,create=dir` +
        `${readOnly ? ",ro" : ""} 0 0`,
    ),
    ...spec.interfaces
      .filter(({ linkDown }) => !linkDown)
      .flatMap((net) => networkLines(net, linkOf(net), bridge, spec.vmid)),
    ...settings(bridge, spec.vmid, spec.limits).map(
      ({ file, value }) => `lxc.cgroup${unified ? "2" : ""}.${file} = ${value}`,
    ),
    `lxc.hook.post-stop = /bin/sh ${paths.hook}`,
    "lxc.hook.version = 1",
  ];
  return `${lines.join("\n")}\n`;
}

/**
 * Stops LXC from rebooting a container by itself, since it would keep the configuration
 * that it read at the start. The daemon sees the file and starts the container again.
 */
export function postStopHook(paths: LabPaths): string {
  return `if [ "$LXC_TARGET" = reboot ]; then
  : >"${paths.events}/$LXC_NAME"
  exit 1
fi
`;
}
