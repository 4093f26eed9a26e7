import { permissionError, PveError } from "../errors";
import { ADMINISTRATOR } from "../acl";
import type { Call, Route } from "../route";
import { ROOT, TOKEN_NAME, TOKEN_USER } from "../session";

/** Where effective permissions are always listed. */
const PATHS = ["/", "/access", "/access/groups", "/nodes", "/pool", "/sdn", "/storage", "/vms"];

function permissions({ cluster, params, session }: Call): Record<string, Record<string, number>> {
  const user = params.userid ?? session.id;
  if (user !== session.id && !user.startsWith(`${session.id}!`)) {
    session.check("/access", "Sys.Audit");
  }
  if (![ROOT, TOKEN_USER, `${TOKEN_USER}!${TOKEN_NAME}`].includes(user)) {
    throw new PveError(403, `no such user ('${user}')\n`);
  }
  const acl = cluster.sessions.acl();
  const everything = new Map(ADMINISTRATOR.map((privilege) => [privilege, true]));
  const members = Object.values(cluster.pools.all()).flatMap((pool) => pool.members);
  const known = [...PATHS, ...acl.paths, ...members.map((vmid) => `/vms/${vmid}`)];
  const paths = params.path === undefined ? known : [params.path];
  return Object.fromEntries(
    [...new Set(paths)].flatMap((path) => {
      const held = [...(user === ROOT ? everything : acl.at(path))];
      const values = held.map(([privilege, below]) => [privilege, below ? 1 : 0] as const);
      return values.length === 0 ? [] : [[path, Object.fromEntries(values)]];
    }),
  );
}

function createTicket({ cluster, params, session }: Call): object {
  if (session.byToken) {
    throw permissionError("URI '/access/ticket' not available with API token, need proper ticket.");
  }
  const username = params.realm ? `${params.username}@${params.realm}` : params.username!;
  return cluster.sessions.createTicket(username, params.password!);
}

/** Who may come in, and what they may do. */
export const accessRoutes: readonly Route[] = [
  { method: "GET", path: "/access/ticket", open: true, run: () => null },
  { method: "POST", path: "/access/ticket", open: true, run: createTicket },
  { method: "GET", path: "/access/permissions", run: permissions },
  {
    method: "GET",
    path: "/access/users",
    run: ({ session }) => [
      ...(session.may("/access", "Sys.Audit")
        ? [{ userid: ROOT, enable: 1, expire: 0, "realm-type": "pam" }]
        : []),
      {
        userid: TOKEN_USER,
        enable: 1,
        expire: 0,
        "realm-type": "pve",
        tokens: [{ tokenid: TOKEN_NAME, expire: 0, privsep: 1 }],
      },
    ],
  },
];
