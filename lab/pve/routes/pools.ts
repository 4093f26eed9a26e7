import type { Route } from "../route";

/** Pools, as far as creating a container into one needs them. */
export const poolRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/pools",
    run: ({ cluster, session, params }) =>
      Object.entries(cluster.pools.all())
        .filter(([poolid]) => session.may(`/pool/${poolid}`, "Pool.Audit"))
        .filter(([poolid]) => params.poolid === undefined || poolid === params.poolid)
        .map(([poolid, { comment, members }]) => ({
          poolid,
          ...(comment === undefined ? {} : { comment }),
          members: members.map((vmid) => ({ id: `lxc/${vmid}`, type: "lxc", vmid })),
        })),
  },
  {
    method: "POST",
    path: "/pools",
    needs: { path: "/pool/{poolid}", all: ["Pool.Allocate"] },
    run: ({ cluster, params }) => {
      cluster.pools.create(params.poolid!, params.comment);
      return null;
    },
  },
  {
    method: "DELETE",
    path: "/pools",
    needs: { path: "/pool/{poolid}", all: ["Pool.Allocate"] },
    run: ({ cluster, params }) => {
      cluster.pools.remove(params.poolid!);
      return null;
    },
  },
];
