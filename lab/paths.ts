import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** The project's folder. */
export const projectDir = resolve(__dirname, "..");

/**
 * PATH for LXC's tools. Where newuidmap is installed, they would require a range of user ids in
 * /etc/subuid, although root can write the map without it.
 */
export const NO_PATH = "/nonexistent";

/** Below it each lab has a folder while it runs. */
export const RUN = "/run/nixmox-lab";

/** Where containers find programs that are not part of the template. */
export const EXTRAS = "/usr/lib/nixmox-lab/extras";

/** Every file of a lab, from its folder. */
export function labPaths(dir: string) {
  const at = (...parts: string[]) => join(dir, ...parts);
  const run = join(RUN, createHash("sha1").update(dir).digest("hex").slice(0, 12));
  return {
    dir,
    info: at("lab.json"),
    network: at("network.json"),
    token: at("api-token"),
    password: at("root-password"),
    ticketKey: at("ticket-key"),
    /** What the API token and its user may do, and where. */
    acl: at("acl.json"),
    certificate: at("tls", "cert.pem"),
    key: at("tls", "key.pem"),
    pid: at("daemon.pid"),
    log: at("daemon.log"),
    /** Proxmox's view: container configurations by node, and the tasks. */
    nodes: at("pve", "nodes"),
    tasks: at("pve", "tasks"),
    firewall: at("pve", "firewall"),
    /** What containers wrote to their disks: one folder each. */
    disks: at("disks"),
    /**
     * Where LXC finds its configurations and the mounted disks, while the lab runs. The root of an
     * unprivileged container must be able to get there, which is impossible below a user's home.
     */
    run,
    /** Run by LXC when a container has stopped. */
    hook: join(run, "post-stop"),
    /** Where a container that reboots leaves its name. */
    events: join(run, "events"),
    /** What containers see below {@link EXTRAS}. */
    extras: join(run, "extras"),
  };
}

export type LabPaths = ReturnType<typeof labPaths>;

/** Where templates are kept between labs. */
export function cacheDir(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "nixmox");
}

/** The name of a lab's bridge; the kernel takes no more than 15 characters. */
export function bridgeName(lab: string): string {
  if (lab.length <= 11) return `nmx-${lab}`;
  return `nmx-${lab.slice(0, 6)}${createHash("sha1").update(lab).digest("hex").slice(0, 5)}`;
}
