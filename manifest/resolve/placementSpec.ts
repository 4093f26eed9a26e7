/** A network of the manifest: the default one, or one of `networks`. */
export interface SubnetSpec<Gap = never> {
  /** `default`, or its name in `networks`. */
  readonly name: string;
  readonly cidr: string | Gap;
  readonly gateway: string | Gap;
  /** Resolvers that its hosts use. */
  readonly dns: readonly string[];
  readonly vlan_tag?: number | undefined;
  readonly bridge?: string | undefined;
  readonly mtu?: number | undefined;
  readonly firewall: boolean | Gap;
  /** Zones of its addresses: 99.168.192.in-addr.arpa for 192.168.99.0/24. */
  readonly reverse_zones: readonly string[];
}

/** What differs between the nodes of Proxmox VE. */
export interface NodeSpec {
  readonly datastore?: string | undefined;
  readonly bridge?: string | undefined;
}

/** A disk of a container beside its root disk. */
export interface VolumeSpec<Gap = never> {
  /** Where the container has it. */
  readonly path: string | Gap;
  readonly size_gb: number | Gap;
  /** Storage of Proxmox VE; the root disk's if undefined. */
  readonly datastore?: string | undefined;
  /** Whether backups of the container include it. */
  readonly backup: boolean | Gap;
}
