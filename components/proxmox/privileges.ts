/**
 * What the role NixMox has to allow on Proxmox VE, and no more: creating, changing, starting,
 * stopping and deleting containers in their pool, on the manifest's bridges and storages.
 */
const managing = [
  "VM.Allocate",
  "VM.Config.CPU",
  "VM.Config.Disk",
  "VM.Config.Memory",
  "VM.Config.Network",
  "VM.Config.Options",
  "VM.PowerMgmt",
  "Datastore.AllocateSpace",
  "SDN.Use",
] as const;

/**
 * What the role NixMoxAudit has to allow: seeing all guests, since another one may have an address
 * from the manifest; reading templates; and knowing whether the datacenter's firewall is on.
 */
const auditing = ["VM.Audit", "Datastore.Audit", "Sys.Audit"] as const;

/** Everything that the API token needs, somewhere. */
export const privileges = [...managing, ...auditing] as const;

export type Privilege = (typeof privileges)[number];

/** Where the API token works. */
export interface Places {
  /** Pool of the containers; empty if they are in none. */
  readonly pool: string;
  /** Storages of disks. */
  readonly datastores: readonly string[];
  /** Storage of the template. */
  readonly templateStorage: string;
  readonly bridges: readonly string[];
}

/** A role at one place, for the token and for the user that it belongs to. */
export interface Grant {
  readonly path: string;
  readonly role: "NixMox" | "NixMoxAudit";
  /** Whether it also applies to what is below. */
  readonly propagate: boolean;
  /** The role's privileges that are needed there; the others mean nothing at such a place. */
  readonly needs: readonly Privilege[];
}

/** The privileges of each role. */
export const roles = { NixMox: managing, NixMoxAudit: auditing } as const;

/** All that the API token needs, by place. */
export function grantsFor({ pool, datastores, templateStorage, bridges }: Places): Grant[] {
  const manage = (path: string, prefix: string): Grant => ({
    path,
    role: "NixMox",
    propagate: true,
    needs: managing.filter((privilege) => privilege.startsWith(prefix)),
  });
  const audit = (path: string, needs: Privilege, propagate = true): Grant => ({
    path,
    role: "NixMoxAudit",
    propagate,
    needs: [needs],
  });
  return [
    manage(pool === "" ? "/vms" : `/pool/${pool}`, "VM."),
    ...datastores.map((each) => manage(`/storage/${each}`, "Datastore.")),
    ...bridges.map((each) => manage(`/sdn/zones/localnetwork/${each}`, "SDN.")),
    audit("/vms", "VM.Audit"),
    audit(`/storage/${templateStorage}`, "Datastore.Audit"),
    // What is below would be each node's log and settings.
    audit("/", "Sys.Audit", false),
  ];
}

/** The commands that give a token and its user what they need at some places. */
export function commandsFor(grants: readonly Grant[], token: string): string[] {
  const who = `--users ${token.split("!")[0]} --tokens '${token}'`;
  return grants.map(
    ({ path, role, propagate }) =>
      `pveum acl modify ${path} ${who} --roles ${role}${propagate ? "" : " --propagate 0"}`,
  );
}
