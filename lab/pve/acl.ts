import { readFileSync, writeFileSync } from "node:fs";

const group = (name: string, privileges: string) =>
  privileges.split(" ").map((privilege) => `${name}.${privilege}`);

/** All of Proxmox VE's privileges: what its role Administrator has. */
export const ADMINISTRATOR: readonly string[] = [
  ...group("Datastore", "Allocate AllocateSpace AllocateTemplate Audit"),
  ...group("Group", "Allocate"),
  ...group("Mapping", "Audit Modify Use"),
  ...group("Permissions", "Modify"),
  ...group("Pool", "Allocate Audit"),
  ...group("Realm", "Allocate AllocateUser"),
  ...group("SDN", "Allocate Audit Use"),
  ...group("Sys", "AccessNetwork Audit Console Incoming Modify PowerMgmt Syslog"),
  ...group("User", "Modify"),
  ...group("VM", "Allocate Audit Backup Clone Console Migrate PowerMgmt Replicate Snapshot"),
  ...group("VM.Config", "CDROM CPU Cloudinit Disk HWType Memory Network Options"),
  ...group("VM.GuestAgent", "Audit FileRead FileSystemMgmt FileWrite Unrestricted"),
  ...group("VM.Snapshot", "Rollback"),
];

/** A role at one place of Proxmox's tree of objects. */
export interface AclEntry {
  /** Such as `/vms/110`. */
  readonly path: string;
  /** What the role allows. */
  readonly privileges: readonly string[];
  /** Whether it also applies to what is below. */
  readonly propagate: boolean;
}

/** Who has which roles. A token with separated privileges may do what both have. */
export interface AclEntries {
  readonly user: readonly AclEntry[];
  readonly token: readonly AclEntry[];
}

/** All privileges on the whole tree. */
export const EVERYTHING: readonly AclEntry[] = [
  { path: "/", privileges: ADMINISTRATOR, propagate: true },
];

/** Gives the API token and its user these roles, and no others. */
export function writeAcl(
  file: string,
  token: readonly AclEntry[],
  user: readonly AclEntry[] = token,
): void {
  writeFileSync(file, `${JSON.stringify({ user, token } satisfies AclEntries, null, 2)}\n`);
}

/** Privileges by name, and whether each also applies to what is below. */
export type Privileges = ReadonlyMap<string, boolean>;

/** What the API token may do where, as Proxmox derives it from roles, places and pools. */
export class Acl {
  constructor(
    private readonly entries: AclEntries,
    /** The pool that a guest is in. */
    private readonly poolOf: (vmid: number) => string | undefined,
  ) {}

  static read(file: string, poolOf: (vmid: number) => string | undefined): Acl {
    return new Acl(JSON.parse(readFileSync(file, "utf8")) as AclEntries, poolOf);
  }

  /** The places that are named. */
  get paths(): string[] {
    return [...this.entries.user, ...this.entries.token].map(({ path }) => path);
  }

  at(path: string): Privileges {
    const user = this.withPool(this.entries.user, path);
    const token = this.withPool(this.entries.token, path);
    return new Map(
      [...token].flatMap(([name, below]) =>
        user.has(name) ? [[name, below && user.get(name)!]] : [],
      ),
    );
  }

  /** A guest also has what applies to its pool. */
  private withPool(entries: readonly AclEntry[], path: string): Privileges {
    const own = held(entries, path);
    const vmid = /^\/vms\/(\d+)$/.exec(path)?.[1];
    const pool = vmid === undefined ? undefined : this.poolOf(Number(vmid));
    if (pool === undefined) return own;
    const shared = [...held(entries, `/pool/${pool}`).keys()];
    return new Map([...shared.map((name) => [name, false] as const), ...own]);
  }
}

/** What applies at a path: the roles at the nearest place above it that has any. */
function held(entries: readonly AclEntry[], path: string): Privileges {
  const parts = path.split("/").filter(Boolean);
  const places = ["/", ...parts.map((_, index) => `/${parts.slice(0, index + 1).join("/")}`)];
  let found: AclEntry[] = [];
  for (const place of places) {
    const here = entries.filter((e) => e.path === place && (e.propagate || place === path));
    if (here.length > 0) found = here;
  }
  const privileges = new Map<string, boolean>();
  for (const { privileges: names, propagate } of found) {
    for (const name of names) privileges.set(name, propagate || privileges.get(name) === true);
  }
  return privileges;
}
