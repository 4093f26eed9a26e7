import { createContainer } from "../guests/create";
import { destroy, reboot, shutdown, start, stop } from "../guests/power";
import { readConfig, readInterfaces, readPending, statusOf } from "../guests/status";
import { resizeDisk, updateContainer } from "../guests/update";
import type { Call, Route } from "../route";

const CONTAINERS = "/nodes/{node}/lxc";
const CONTAINER = `${CONTAINERS}/{vmid}`;

const allowed = (...all: string[]) => ({ path: "/vms/{vmid}", all });
const CONFIG = ["Disk", "CPU", "Memory", "Network", "Options"].map((kind) => `VM.Config.${kind}`);
const audit = allowed("VM.Audit");
const power = allowed("VM.PowerMgmt");

/** An index of what is below, for people exploring the API. */
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
    run: ({ cluster, session, node }) =>
      Promise.all(
        cluster.store
          .list(node)
          .filter(({ vmid }) => session.may(`/vms/${vmid}`, "VM.Audit"))
          .map((placement) => statusOf(cluster, placement)),
      ),
  },
  { method: "POST", path: CONTAINERS, run: createContainer },
  {
    method: "GET",
    path: CONTAINER,
    run: index("config", "pending", "status", "resize", "interfaces"),
  },
  { method: "DELETE", path: CONTAINER, needs: allowed("VM.Allocate"), run: destroy },
  { method: "GET", path: `${CONTAINER}/config`, needs: audit, run: readConfig },
  // Each setting needs a privilege of its own.
  {
    method: "PUT",
    path: `${CONTAINER}/config`,
    needs: { path: "/vms/{vmid}", any: CONFIG },
    run: updateContainer,
  },
  { method: "GET", path: `${CONTAINER}/pending`, needs: audit, run: readPending },
  { method: "GET", path: `${CONTAINER}/interfaces`, needs: audit, run: readInterfaces },
  {
    method: "PUT",
    path: `${CONTAINER}/resize`,
    needs: allowed("VM.Config.Disk"),
    run: resizeDisk,
  },
  {
    method: "GET",
    path: `${CONTAINER}/status`,
    run: index("current", "start", "stop", "shutdown", "reboot"),
  },
  { method: "GET", path: `${CONTAINER}/status/current`, needs: audit, run: currentStatus },
  { method: "POST", path: `${CONTAINER}/status/start`, needs: power, run: start },
  { method: "POST", path: `${CONTAINER}/status/stop`, needs: power, run: stop },
  { method: "POST", path: `${CONTAINER}/status/shutdown`, needs: power, run: shutdown },
  { method: "POST", path: `${CONTAINER}/status/reboot`, needs: power, run: reboot },
];
