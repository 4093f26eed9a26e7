import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeAtomic } from "../info";
import type { Attachment } from "../network";
import { type FilteredPort, filterPorts } from "../portFilter";
import { vethName } from "../lxc/config";
import type { InterfaceSpec } from "../lxc/spec";
import type { LabPaths } from "../paths";
import type { Values } from "./configFile";
import { specOf } from "./spec";
import type { ConfigStore } from "./store";

/** The machine's bridges. */
interface Links {
  readonly linkOf: (at: Attachment) => string;
  readonly all: () => readonly string[];
}

/** Firewall options: the datacenter's, or those of a container. */
export type Scope = "cluster" | number;

/**
 * Proxmox's firewall, as far as it keeps a container from sending what is not its own. As on
 * Proxmox, the datacenter's option, the container's option and the interface's flag must all be on.
 */
export class Firewall {
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly paths: LabPaths,
    private readonly bridge: string,
    private readonly store: ConfigStore,
    private readonly links: Links,
  ) {}

  /** The options that are set. */
  options(scope: Scope): Values {
    const file = this.file(scope);
    if (!existsSync(file)) return {};
    const lines = readFileSync(file, "utf8").matchAll(/^(\w+): (.*)$/gm);
    return Object.fromEntries([...lines].map(([, key, value]) => [key!, value!]));
  }

  async setOptions(scope: Scope, options: Values): Promise<void> {
    mkdirSync(this.paths.firewall, { recursive: true });
    const lines = Object.keys(options)
      .sort()
      .map((key) => `${key}: ${options[key]}\n`);
    writeAtomic(this.file(scope), `[OPTIONS]\n\n${lines.join("")}`);
    await this.enforce();
  }

  /** Forgets the options of a container that is gone. */
  async forget(vmid: number): Promise<void> {
    rmSync(this.file(vmid), { force: true });
    await this.enforce();
  }

  /** Makes the bridges' rules those that the configuration asks for, one change after the other. */
  enforce(): Promise<void> {
    const next = this.last
      .catch(() => undefined)
      .then(async () => {
        const ports = this.filtered();
        for (const link of this.links.all()) {
          const there = ports.filter((port) => port.bridge === link);
          await filterPorts(link, there);
        }
      });
    this.last = next;
    return next;
  }

  private filtered(): (FilteredPort & { readonly bridge: string })[] {
    if (this.options("cluster").enable !== "1") return [];
    return this.store.list().flatMap(({ vmid, node }) => {
      const options = this.options(vmid);
      if (options.enable !== "1") return [];
      const { interfaces } = specOf(vmid, this.store.load(node, vmid).values);
      return interfaces
        .filter(({ firewall }) => firewall)
        .map((net) => ({
          ...portOf(vethName(this.bridge, vmid, net.index), net, options),
          bridge: this.links.linkOf(net),
        }));
    });
  }

  private file(scope: Scope): string {
    return join(this.paths.firewall, `${scope}.fw`);
  }
}

/** What an interface may send, with Proxmox's defaults. */
function portOf(link: string, { hwaddr, ip, ip6 }: InterfaceSpec, options: Values): FilteredPort {
  const { macfilter = "1", dhcp = "1", ipfilter = "0", radv = "0" } = options;
  const fixed = (address?: string) =>
    address === undefined || /^(dhcp|manual|auto)$/.test(address) ? [] : [address.split("/")[0]!];
  return {
    link,
    mac: hwaddr.toLowerCase(),
    macFilter: macfilter === "1",
    ipFilter: ipfilter === "1",
    dhcp: dhcp === "1",
    routerAdvertisements: radv === "1",
    ipv4: fixed(ip),
    ipv6: fixed(ip6),
  };
}
