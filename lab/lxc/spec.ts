/** A network interface as LXC and the guest's own configuration need it. */
export interface InterfaceSpec {
  readonly index: number;
  readonly name: string;
  readonly hwaddr: string;
  /** As Proxmox calls it. */
  readonly bridge: string;
  readonly tag?: number;
  readonly mtu?: number;
  readonly linkDown: boolean;
  /** Whether what it sends is filtered, if the firewall is on. */
  readonly firewall: boolean;
  /** Address with prefix length, or where it comes from: `dhcp`, `manual`. */
  readonly ip?: string;
  readonly gw?: string;
  readonly ip6?: string;
  readonly gw6?: string;
}

export interface MountPointSpec {
  readonly key: string;
  /** The disk's name, such as `vm-110-disk-1`, or a path of the node. */
  readonly source: string;
  readonly path: string;
  readonly readOnly: boolean;
}

/** What a container may use, in Proxmox's units: MiB, cores, and shares. */
export interface Limits {
  readonly memory: number;
  readonly swap: number;
  readonly cores?: number;
  readonly cpulimit?: number;
  readonly cpuunits?: number;
}

/** A container, as far as LXC needs to know it. */
export interface ContainerSpec {
  readonly vmid: number;
  readonly hostname: string;
  readonly arch: string;
  readonly unprivileged: boolean;
  readonly nesting: boolean;
  readonly limits: Limits;
  readonly interfaces: readonly InterfaceSpec[];
  readonly mountPoints: readonly MountPointSpec[];
  readonly nameservers: readonly string[];
  readonly searchDomains: readonly string[];
  readonly timezone?: string;
  readonly entrypoint?: string;
  readonly env: readonly string[];
  readonly ttys: number;
}

/** The host's user that a container's root is. */
export function rootOf(spec: Pick<ContainerSpec, "unprivileged">): number {
  return spec.unprivileged ? 100000 : 0;
}
