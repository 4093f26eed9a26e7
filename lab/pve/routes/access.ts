import { permissionError, PveError } from "../errors";
import { ADMINISTRATOR, readRole } from "../role";
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
  const held = user === ROOT ? ADMINISTRATOR : [...readRole(cluster.paths.role)];
  const privileges = Object.fromEntries(held.map((privilege) => [privilege, 1]));
  const paths = held.length === 0 ? [] : params.path ? [params.path] : PATHS;
  return Object.fromEntries(paths.map((path) => [path, privileges]));
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
      ...(session.may("Sys.Audit")
        ? [{ userid: ROOT, enable: 1, expire: 0, "realm-type": "pam" }]
        : []),
      {
        userid: TOKEN_USER,
        enable: 1,
        expire: 0,
        "realm-type": "pve",
        tokens: [{ tokenid: TOKEN_NAME, expire: 0, privsep: 0 }],
      },
    ],
  },
];
