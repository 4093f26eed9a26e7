import { type LabInfo, readLab } from "../info";
import { bridgesOf, networkAt, networksOf } from "../labNetworks";
import type { Attachment } from "../network";
import { Containers } from "../lxc/container";
import { ownValue } from "../../manifest/tables";
import type { LabPaths } from "../paths";
import { failure, PveError } from "./errors";
import { Firewall } from "./firewall";
import { Locks } from "./locks";
import { Pools } from "./pools";
import type { Sessions } from "./session";
import { ConfigStore } from "./store";
import { Tasks } from "./tasks";

/** What a storage is, the same on each node. */
interface Storage {
  readonly type: string;
  readonly content: string;
}

const forDisks: Storage = { type: "lvmthin", content: "rootdir,images" };

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
    const linkOf = (at: Attachment) => this.linkOf(at);
    this.firewall = new Firewall(paths, info.bridge, this.store, {
      linkOf,
      all: () => networksOf(this.current()).map(({ link }) => link),
    });
    this.containers = new Containers(paths, info.bridge, info.template, linkOf);
  }

  /** The lab as it is now: networks and storages can be added while it runs. */
  current(): LabInfo {
    return readLab(this.paths.dir) ?? this.info;
  }

  /** The bridges, as Proxmox calls them. */
  bridges(): string[] {
    return bridgesOf(this.current());
  }

  storages(): Readonly<Record<string, Storage>> {
    const { datastores = [] } = this.current();
    return {
      local: { type: "dir", content: "vztmpl,iso,backup" },
      "local-lvm": forDisks,
      ...Object.fromEntries(datastores.map((name) => [name, forDisks])),
    };
  }

  /** The machine's bridge that an interface is attached to. */
  private linkOf(at: Attachment): string {
    return networkAt(this.current(), at)?.link ?? this.info.bridge;
  }

  checkNode(node: string): void {
    if (this.info.nodes.includes(node)) return;
    throw failure(
      `hostname lookup '${node}' failed - failed to get address info for: ${node}: ` +
        "Name or service not known",
    );
  }

  /** Refuses a storage that does not exist. */
  checkStorage(storage: string): Storage {
    const found = ownValue(this.storages(), storage);
    if (found) return found;
    throw new PveError(500, `storage '${storage}' does not exist\n`);
  }
}
