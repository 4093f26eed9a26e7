import type { LabInfo } from "../info";
import { Containers } from "../lxc/container";
import type { LabPaths } from "../paths";
import { failure, PveError } from "./errors";
import { Firewall } from "./firewall";
import { Locks } from "./locks";
import { Pools } from "./pools";
import type { Sessions } from "./session";
import { ConfigStore } from "./store";
import { Tasks } from "./tasks";

/** What the storages hold, the same on each node. */
export const STORAGES = {
  local: { type: "dir", content: "vztmpl,iso,backup" },
  "local-lvm": { type: "lvmthin", content: "rootdir,images" },
} as const;

/** The bridge's name inside Proxmox. */
export const BRIDGE = "vmbr0";

/** Everything that the API acts on. */
export class Cluster {
  readonly store: ConfigStore;
  readonly tasks: Tasks;
  readonly pools: Pools;
  readonly firewall: Firewall;
  readonly locks = new Locks();
  readonly containers: Containers;

  constructor(
    readonly paths: LabPaths,
    readonly info: LabInfo,
    readonly sessions: Sessions,
  ) {
    this.store = new ConfigStore(paths.nodes, info.nodes);
    this.tasks = new Tasks(paths.tasks);
    this.pools = new Pools(paths);
    this.firewall = new Firewall(paths, info.bridge, this.store);
    this.containers = new Containers(paths, info.bridge, info.template);
  }

  checkNode(node: string): void {
    if (this.info.nodes.includes(node)) return;
    throw failure(
      `hostname lookup '${node}' failed - failed to get address info for: ${node}: ` +
        "Name or service not known",
    );
  }

  /** Refuses a storage that does not exist. */
  checkStorage(storage: string): (typeof STORAGES)[keyof typeof STORAGES] {
    if (storage === "local" || storage === "local-lvm") return STORAGES[storage];
    throw new PveError(500, `storage '${storage}' does not exist\n`);
  }
}
