import { createContainer } from "../guests/create";
import { destroy, reboot, shutdown, start, stop } from "../guests/power";
import { readConfig, readInterfaces, readPending, statusOf } from "../guests/status";
import { resizeDisk, updateContainer } from "../guests/update";
import type { Call, Route } from "../route";

const CONTAINERS = "/nodes/{node}/lxc";
const CONTAINER = `${CONTAINERS}/{vmid}`;

/** An index of what is below, for who explores. */
const index =
  (...names: string[]) =>
  ({ cluster, node, vmid }: Call) => {
    cluster.store.load(node, vmid);
    return names.map((subdir) => ({ subdir }));
  };

async function currentStatus({ cluster, node, vmid }: Call): Promise<object> {
  return { ...(await statusOf(cluster, { node, vmid })), ha: { managed: 0 } };
}

/** Containers: what they are, what they do. */
export const lxcRoutes: readonly Route[] = [
  {
    method: "GET",
    path: CONTAINERS,
    run: ({ cluster, node }) =>
      Promise.all(cluster.store.list(node).map((placement) => statusOf(cluster, placement))),
  },
  { method: "POST", path: CONTAINERS, run: createContainer },
  {
    method: "GET",
    path: CONTAINER,
    run: index("config", "pending", "status", "resize", "interfaces"),
  },
  { method: "DELETE", path: CONTAINER, run: destroy },
  { method: "GET", path: `${CONTAINER}/config`, run: readConfig },
  { method: "PUT", path: `${CONTAINER}/config`, run: updateContainer },
  { method: "GET", path: `${CONTAINER}/pending`, run: readPending },
  { method: "GET", path: `${CONTAINER}/interfaces`, run: readInterfaces },
  { method: "PUT", path: `${CONTAINER}/resize`, run: resizeDisk },
  {
    method: "GET",
    path: `${CONTAINER}/status`,
    run: index("current", "start", "stop", "shutdown", "reboot"),
  },
  { method: "GET", path: `${CONTAINER}/status/current`, run: currentStatus },
  { method: "POST", path: `${CONTAINER}/status/start`, run: start },
  { method: "POST", path: `${CONTAINER}/status/stop`, run: stop },
  { method: "POST", path: `${CONTAINER}/status/shutdown`, run: shutdown },
  { method: "POST", path: `${CONTAINER}/status/reboot`, run: reboot },
];
