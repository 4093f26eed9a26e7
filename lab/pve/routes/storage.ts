import { statfsSync } from "node:fs";
import { VOLUME } from "../../template/packages";
import type { Cluster } from "../cluster";
import { failure } from "../errors";
import { parseSize } from "../propertyString";
import type { Call, Route } from "../route";
import type { Session } from "../session";
import { partsOf } from "../spec";

const ON_NODE = "/nodes/{node}/storage";

/** Either of these lets a caller read a storage. */
const READ = ["Datastore.AllocateSpace", "Datastore.Audit"];
const read = { path: "/storage/{storage}", any: READ };

/** The storages that a caller may see. */
function visible({ cluster, session }: { cluster: Cluster; session: Session }) {
  return Object.entries(cluster.storages()).filter(([storage]) =>
    READ.some((privilege) => session.may(`/storage/${storage}`, privilege)),
  );
}

/** Space on the machine's disk, which all storages share. */
export function space(cluster: Cluster): { total: number; used: number; avail: number } {
  const { blocks, bsize, bfree, bavail } = statfsSync(cluster.paths.dir);
  return { total: blocks * bsize, used: (blocks - bfree) * bsize, avail: bavail * bsize };
}

function describe(cluster: Cluster, storage: string): object {
  const { type, content } = cluster.checkStorage(storage);
  const free = space(cluster);
  const usage = { ...free, used_fraction: free.used / free.total };
  return { storage, type, content, active: 1, enabled: 1, shared: 0, ...usage };
}

/** Root disks and mount points of a node's containers. */
function disks({ cluster, node }: Call, storage: string): object[] {
  return cluster.store.list(node).flatMap(({ vmid }) =>
    Object.entries(cluster.store.load(node, vmid).values)
      .filter(([key]) => /^(rootfs|mp\d+|unused\d+)$/.test(key))
      .map(([key, value]) => partsOf(key, value))
      .filter(({ volume }) => volume?.startsWith(`${storage}:`))
      .map(({ volume, size }) => ({
        volid: volume,
        vmid,
        content: "rootdir",
        format: "raw",
        size: parseSize(size ?? "4G"),
      })),
  );
}

function contents(call: Call): object[] {
  const storage = call.params.storage!;
  call.cluster.checkStorage(storage);
  const template = { volid: VOLUME, content: "vztmpl", format: "tzst", size: 0 };
  const all: { content?: string; vmid?: number }[] =
    storage === "local" ? [template] : disks(call, storage);
  const { content, vmid } = call.params;
  return all
    .filter((item) => content === undefined || item.content === content)
    .filter((item) => vmid === undefined || item.vmid === Number(vmid));
}

function volume(call: Call): object {
  const { storage, volume: name } = call.params;
  const volid = name!.includes(":") ? name! : `${storage}:${name}`;
  const { volume: _, ...params } = call.params;
  const found = contents({ ...call, params }).find(
    (item) => (item as { volid?: string }).volid === volid,
  );
  if (!found) throw failure(`volume '${volid}' does not exist`);
  return found;
}

/** Where templates and disks are. */
export const storageRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/storage",
    run: ({ cluster, session, params }) =>
      visible({ cluster, session })
        .map(([storage, rest]) => ({ storage, ...rest, digest: "0".repeat(40) }))
        .filter(({ type }) => params.type === undefined || type === params.type),
  },
  {
    method: "GET",
    path: "/storage/{storage}",
    needs: { path: "/storage/{storage}", all: ["Datastore.Allocate"] },
    run: ({ cluster, params }) => ({
      storage: params.storage,
      ...cluster.checkStorage(params.storage!),
    }),
  },
  {
    method: "GET",
    path: ON_NODE,
    run: ({ cluster, session, params }) =>
      visible({ cluster, session })
        .filter(([id]) => params.storage === undefined || id === params.storage)
        .filter(([, { content }]) => !params.content || content.split(",").includes(params.content))
        .map(([id]) => describe(cluster, id)),
  },
  {
    method: "GET",
    path: `${ON_NODE}/{storage}/status`,
    needs: read,
    run: ({ cluster, params }) => describe(cluster, params.storage!),
  },
  { method: "GET", path: `${ON_NODE}/{storage}/content`, needs: read, run: contents },
  { method: "GET", path: `${ON_NODE}/{storage}/content/{volume}`, needs: read, run: volume },
];
