import type { Grant, Privilege } from "./privileges";
import { roles } from "./privileges";

/** What Proxmox VE answers to `access/permissions`: by place, privileges and whether they go on below. */
export type Permissions = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** What is lacking or too much at one place. */
export interface Difference {
  readonly path: string;
  readonly privileges: readonly string[];
}

/** The places above a path, nearest first, the path itself before them. */
function placesAbove(path: string): string[] {
  const parts = path.split("/").filter(Boolean);
  const below = parts.map((_, index) => `/${parts.slice(0, parts.length - index).join("/")}`);
  return [...below, "/"];
}

/** Whether a privilege applies at a place. */
export function holds(permissions: Permissions, path: string, privilege: string): boolean {
  // Proxmox VE lists every place that has roles of its own; what it does not list is inherited.
  const [nearest] = placesAbove(path).filter((place) => permissions[place] !== undefined);
  if (nearest === undefined) return false;
  const value = permissions[nearest]![privilege];
  return nearest === path ? value !== undefined : value === 1;
}

/** What is needed and not there, by place. */
export function lacking(permissions: Permissions, grants: readonly Grant[]): Grant[] {
  return grants.flatMap((grant) => {
    const needs = grant.needs.filter((each) => !isMet(permissions, grant, each));
    return needs.length > 0 ? [{ ...grant, needs }] : [];
  });
}

function isMet(permissions: Permissions, grant: Grant, privilege: Privilege): boolean {
  const { path } = grant;
  // What may allocate space on a storage may also read its templates.
  const names =
    privilege === "Datastore.Audit" ? [privilege, "Datastore.AllocateSpace"] : [privilege];
  // Guests that do not exist yet inherit from /vms, and all of them must be seen.
  if (path === "/vms") {
    return names.some((name) => (permissions["/vms"] ?? permissions["/"])?.[name] === 1);
  }
  if (names.some((name) => holds(permissions, path, name))) return true;
  return path.startsWith("/pool/") && permissions["/vms"]?.[privilege] === 1;
}

/**
 * What is there and not needed, by place. What a place inherits is named where it comes from.
 *
 * @param pooled ids of the guests in the pool, to which the pool's roles apply
 */
export function excess(
  permissions: Permissions,
  grants: readonly Grant[],
  pooled: readonly number[],
): Difference[] {
  const found = new Map<string, readonly string[]>();
  const paths = Object.keys(permissions).sort((a, b) => a.length - b.length);
  for (const path of paths) {
    const allowed = allowedAt(path, grants, pooled);
    const above = placesAbove(path).slice(1);
    const named = new Set(above.flatMap((place) => found.get(place) ?? []));
    const tooMuch = Object.entries(permissions[path]!)
      .filter(([privilege, below]) => !allowed.has(`${privilege} ${below}`))
      .map(([privilege]) => privilege)
      .filter((privilege) => !named.has(privilege));
    if (tooMuch.length > 0) found.set(path, tooMuch.sort());
  }
  return [...found].map(([path, privileges]) => ({ path, privileges }));
}

/** What may be held at a place, each with 1 if it may also apply below. */
function allowedAt(path: string, grants: readonly Grant[], pooled: readonly number[]) {
  const isPooled = pooled.some((vmid) => path === `/vms/${vmid}`);
  const here = grants.filter(
    (grant) =>
      grant.path === path ||
      (grant.propagate && path.startsWith(`${grant.path}/`)) ||
      (isPooled && grant.path.startsWith("/pool/")),
  );
  return new Set(
    here.flatMap(({ role, propagate }) =>
      roles[role].flatMap((each) => [`${each} 0`, ...(propagate ? [`${each} 1`] : [])]),
    ),
  );
}
