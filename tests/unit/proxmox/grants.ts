import type { Permissions } from "../../../components/proxmox/permissions";
import type { StackPlaces } from "../../../components/proxmox/places";
import { type Grant, grantsFor, type Places, roles } from "../../../components/proxmox/privileges";

export const stackPlaces: StackPlaces = {
  pool: "nixmox",
  datastore: "local-lvm",
  templateStorage: "local",
  bridge: "vmbr0",
  nodes: [],
};

export const places: Places = {
  pool: "nixmox",
  datastores: ["local-lvm"],
  templateStorage: "local",
  bridges: ["vmbr0"],
};

/** What Proxmox VE answers to a token that has these roles. */
export function grantedBy(grants: readonly Grant[] = grantsFor(places)): Permissions {
  const permissions: Record<string, Record<string, number>> = {};
  for (const { path, role, propagate } of grants) {
    for (const privilege of roles[role]) {
      (permissions[path] ??= {})[privilege] = propagate ? 1 : 0;
    }
  }
  return permissions;
}
