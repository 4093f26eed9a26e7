import type { Cluster } from "./cluster";
import { beginStart } from "./guests/power";
import { Session } from "./session";

/** A container's place in the order of starting and stopping. */
export interface BootEntry {
  readonly vmid: number;
  readonly node: string;
  /** Those without an order come last. */
  readonly order: number;
  /** Seconds to wait before the next one. */
  readonly up: number;
}

/** The containers that start with their node, in order. */
export function bootOrder(cluster: Cluster): BootEntry[] {
  return cluster.store
    .list()
    .map(({ vmid, node }) => ({ vmid, node, values: cluster.store.load(node, vmid).values }))
    .filter(({ values }) => values.onboot === "1" && values.template !== "1")
    .map(({ vmid, node, values }) => {
      const startup = startupOf(values.startup);
      return { vmid, node, order: startup.order ?? Infinity, up: startup.up ?? 0 };
    })
    .sort((a, b) => a.order - b.order || a.vmid - b.vmid);
}

function startupOf(text = ""): { order?: number; up?: number } {
  const order = /(?:^|,)(?:order=)?(\d+)(?:,|$)/.exec(text)?.[1];
  const up = /(?:^|,)up=(\d+)/.exec(text)?.[1];
  return { order: order ? Number(order) : undefined, up: up ? Number(up) : undefined };
}

/** Starts them, in the background. */
export function startAll(cluster: Cluster): string {
  const [first] = cluster.info.nodes;
  const root = Session.root();
  return cluster.tasks.start(first!, "startall", "", root.id, async (log) => {
    for (const { vmid, node, up } of bootOrder(cluster)) {
      log(`Starting CT ${vmid}`);
      const upid = beginStart(cluster, root, node, vmid);
      await cluster.tasks.finished(upid);
      await new Promise((done) => setTimeout(done, up * 1000));
    }
  });
}
