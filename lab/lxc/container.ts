import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LabError } from "../errors";
import { parseLinks, type Link } from "../ipJson";
import type { LabPaths } from "../paths";
import { run } from "../run";
import { layersOf, type Template } from "../template/template";
import { applyLimits, usage } from "./cgroup";
import { containerPaths, inspect, lxc, type LiveState } from "./command";
import { lxcConfig } from "./config";
import { configureGuest, provision, type Login } from "./guest";
import { GuestFiles } from "./guestFiles";
import { mountDisks, removeDisks, removeVolume, unmountBelow } from "./rootfs";
import { rootOf, type InterfaceSpec, type ContainerSpec, type Limits } from "./spec";

/** How to stop a container. */
export interface StopOptions {
  /** Kill it at once. */
  readonly kill?: boolean;
  /** Seconds that a clean shutdown may take. */
  readonly timeout?: number;
  /** Kill it when that time is over. */
  readonly killAfterTimeout?: boolean;
}

/** The containers of one lab, as LXC runs them. */
export class Containers {
  constructor(
    private readonly paths: LabPaths,
    private readonly bridge: string,
    private readonly template: Template,
    private readonly linkOf: (net: InterfaceSpec) => string,
  ) {}

  inspect(vmid: number): Promise<LiveState> {
    return inspect(this.paths, vmid);
  }

  /** Creates the disk of a new container from the template. */
  async create(spec: ContainerSpec, login: Login): Promise<void> {
    const at = containerPaths(this.paths, spec.vmid);
    mkdirSync(at.dir, { recursive: true });
    writeFileSync(at.template, `${this.template.base}\n`);
    const files = await this.open(spec);
    await provision(files, login);
    configureGuest(files, spec);
  }

  /** Starts a container that is stopped. */
  async start(spec: ContainerSpec): Promise<void> {
    const at = containerPaths(this.paths, spec.vmid);
    configureGuest(await this.open(spec), spec);
    writeFileSync(at.config, lxcConfig(this.paths, this.bridge, spec, this.linkOf));
    rmSync(at.log, { force: true });
    const args = ["-n", String(spec.vmid), "-d", "-o", at.log, "-l", "INFO"];
    await lxc(this.paths, "lxc-start", args).catch(() => {
      const log = existsSync(at.log) ? readFileSync(at.log, "utf8") : "";
      const errors = log.split("\n").filter((line) => / ERROR /.test(line));
      const why = errors.slice(0, 3).map((line) => line.replace(/^.*? - \S+:\d+ - /, ""));
      throw new LabError(
        `startup for container '${spec.vmid}' failed: ${why.join("; ") || `see ${at.log}`}`,
      );
    });
  }

  /** Stops a container and waits until it has stopped. */
  async stop(vmid: number, options: StopOptions): Promise<void> {
    const args = ["-n", String(vmid)];
    if (options.kill) args.push("--kill");
    else args.push("--timeout", String(options.timeout ?? 60));
    if (!options.kill && !options.killAfterTimeout) args.push("--nokill");
    const failed = await lxc(this.paths, "lxc-stop", args).then(
      () => false,
      () => true,
    );
    if (failed && (await this.inspect(vmid)).running) throw new LabError("container did not stop");
  }

  /** Removes a stopped container with its disk. */
  remove(vmid: number): Promise<void> {
    return removeDisks(this.paths, vmid);
  }

  /** Mounts a disk into a container that runs, by the key of its mount point. */
  async plug(spec: ContainerSpec, key: string, pid: number): Promise<void> {
    await this.open(spec);
    const { path, source } = spec.mountPoints.find((each) => each.key === key)!;
    const mounted = containerPaths(this.paths, spec.vmid).mountedVolume(key);
    const args = [mounted, String(pid), path, String(rootOf(spec))];
    await run(join(__dirname, "mount-into.pl"), args).catch(async (error: Error) => {
      await unmountBelow(mounted);
      removeVolume(this.paths, spec.vmid, source);
      throw error;
    });
  }

  /** Removes a disk that a container no longer has. */
  removeVolume(vmid: number, source: string): void {
    removeVolume(this.paths, vmid, source);
  }

  /** Puts new limits in force in a container that runs. */
  limit(vmid: number, limits: Limits): void {
    applyLimits(this.bridge, vmid, limits);
  }

  usage(vmid: number): ReturnType<typeof usage> {
    return usage(this.bridge, vmid);
  }

  /** The network interfaces that a running container has, by the process id of its init. */
  async links(pid: number): Promise<Link[]> {
    const args = ["-t", String(pid), "--net", "--", "ip", "-json", "address"];
    const { stdout } = await run("nsenter", args);
    return parseLinks(stdout);
  }

  private async open(spec: ContainerSpec): Promise<GuestFiles> {
    const at = containerPaths(this.paths, spec.vmid);
    const base = readFileSync(at.template, "utf8").trim();
    const layers = layersOf({ ...this.template, base }, spec.unprivileged);
    await mountDisks(this.paths, spec, layers);
    return new GuestFiles(at.rootfs, rootOf(spec));
  }
}
