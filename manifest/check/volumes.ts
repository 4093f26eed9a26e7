import { isTable, type Issue, type Path } from "../issue";
import { stateDirectory } from "../resolve/paths";
import type { ServiceSpec } from "../resolve/spec";
import { type CheckContext, pathOf } from "./context";

/** Folders that the operating system, Proxmox VE or NixMox manages, with all that is in them. */
const managed = [
  ..."bin boot dev etc lib lib64 lost+found nix proc root run sbin sys tmp usr".split(" "),
].map((each) => `/${each}`);

/** Folders in which others have theirs. */
const crowded = ["/home", "/var", "/var/lib", "/var/log"];

/** A volume is where nothing else is: neither the system's files nor another volume. */
export function checkVolumes(context: CheckContext, service: ServiceSpec<undefined>): Issue[] {
  const { place } = context;
  const taken: { readonly path: string; readonly at: Path }[] = [];
  return Object.entries(service.volumes).flatMap(([key, { path }]): Issue[] => {
    if (path === undefined) return [];
    const at = [...pathOf(service), "volumes", key, "path"];
    const owner = ownerOf(path);
    if (owner !== undefined) {
      const message = `${path} is ${owner}. Use a folder of its own, such as /srv/${key} or /var/lib/${service.name}.`;
      return [{ code: "reserved-name", path: at, message }];
    }
    const other = taken.find((each) => isInside(path, each.path) || isInside(each.path, path));
    taken.push({ path, at });
    if (!other) return [];
    const relation = path === other.path ? "the path of" : "nested with";
    const message = `${path} is ${relation} ${place(other.at)}${path === other.path ? "" : `, ${other.path}`}. Use one beside it.`;
    return [{ code: "taken", path: at, message, related: [other.at] }];
  });
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function ownerOf(path: string): string | undefined {
  if (isInside(path, stateDirectory)) return `in ${stateDirectory}, where NixMox keeps secrets`;
  if (crowded.includes(path)) return "a folder that others use, too";
  const found = managed.find((each) => isInside(path, each));
  if (found === undefined) return undefined;
  return found === path ? "the system's" : `in ${found}, which is the system's`;
}

/**
 * What Proxmox VE lets nobody but root@pam do. A token of root@pam may not do it either, so that the
 * only way is the command line of the node.
 */
export function checkHostAccess(
  { written }: CheckContext,
  service: ServiceSpec<undefined>,
): Issue[] {
  const at = pathOf(service);
  const { vmid = "VMID", node } = service;
  const where = node === undefined ? "its node" : `node ${node}`;
  const refuse = (path: Path, what: string, commands: readonly string[]): Issue => ({
    code: "root-only",
    path,
    message:
      `Proxmox VE lets only root@pam ${what}, and no API token. Remove this, deploy, and as root on ${where} run ` +
      `${commands.map((command) => `\`${command}\``).join(" and ")}. NixMox leaves that alone.`,
  });
  const reboot = `pct reboot ${vmid}`;
  // NixMox gives volumes the lowest numbers that are free.
  const first = Object.keys(service.volumes).length;
  const mounts = entriesOf(written([...at, "mounts"])).flatMap(([key, mount], i): Issue[] => {
    const { from, path } = isTable(mount) ? mount : {};
    if (typeof from !== "string" || typeof path !== "string") return [];
    const set = `pct set ${vmid} -mp${first + i} ${from},mp=${path}`;
    return [refuse([...at, "mounts", key], "mount a folder of the node", [set, reboot])];
  });
  const devices = written([...at, "devices"]);
  const passed = (Array.isArray(devices) ? (devices as unknown[]) : []).map((device, i) => {
    const set = `pct set ${vmid} -dev${i} ${String(device)}`;
    return refuse([...at, "devices", i], "pass a device of the node through", [set, reboot]);
  });
  const privileged =
    written([...at, "privileged"]) === true
      ? [
          refuse([...at, "privileged"], "make a container privileged", [
            `vzdump ${vmid} --mode stop --storage local`,
            `pct restore ${vmid} ARCHIVE --unprivileged 0 --force`,
          ]),
        ]
      : [];
  return [...mounts, ...passed, ...privileged];
}

function entriesOf(table: unknown): [string, unknown][] {
  return isTable(table) ? Object.entries(table) : [];
}
