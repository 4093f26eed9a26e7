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

/** Gives the user that the API token belongs to a role with these privileges, on the whole tree. */
export function writeRole(file: string, privileges: readonly string[]): void {
  writeFileSync(file, `${privileges.join("\n")}\n`);
}

/** Reads the role's privileges. */
export function readRole(file: string): ReadonlySet<string> {
  return new Set(readFileSync(file, "utf8").split("\n").filter(Boolean));
}
