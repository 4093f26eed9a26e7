import { permissionError, PveError } from "../errors";
import type { Call, Route } from "../route";
import { ROOT, TOKEN_NAME, TOKEN_USER } from "../session";

/** Proxmox's privileges; the lab's two users have them all. */
const PRIVILEGES = [
  ...["Allocate", "AllocateSpace", "AllocateTemplate", "Audit"].map((p) => `Datastore.${p}`),
  ...["Modify"].map((p) => `Permissions.${p}`),
  ...["Allocate", "Audit"].map((p) => `Pool.${p}`),
  ...["Allocate", "Audit", "Use"].map((p) => `SDN.${p}`),
  ...["Audit", "Console", "Incoming", "Modify", "PowerMgmt", "Syslog"].map((p) => `Sys.${p}`),
  ...["Allocate", "Audit", "Backup", "Clone", "Console", "Migrate", "PowerMgmt"].map(
    (p) => `VM.${p}`,
  ),
  ...["CPU", "Disk", "Memory", "Network", "Options"].map((p) => `VM.Config.${p}`),
];

const PATHS = ["/", "/access", "/nodes", "/pool", "/sdn", "/storage", "/vms"];

function permissions({ params, session }: Call): Record<string, Record<string, number>> {
  const user = params.userid ?? session.id;
  if (![ROOT, TOKEN_USER, `${TOKEN_USER}!${TOKEN_NAME}`].includes(user)) {
    throw new PveError(403, `no such user ('${user}')\n`);
  }
  const all = Object.fromEntries(PRIVILEGES.map((privilege) => [privilege, 1]));
  return Object.fromEntries((params.path ? [params.path] : PATHS).map((path) => [path, all]));
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
    run: () => [
      { userid: ROOT, enable: 1, expire: 0, "realm-type": "pam" },
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
