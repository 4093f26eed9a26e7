/**
 * What the API token's role has to allow on Proxmox VE, and no more: creating, changing, starting,
 * stopping and deleting containers on the manifest's nodes, bridge and datastore.
 */
export const privileges = [
  "VM.Allocate",
  "VM.Audit",
  "VM.Config.CPU",
  "VM.Config.Disk",
  "VM.Config.Memory",
  "VM.Config.Network",
  "VM.Config.Options",
  "VM.PowerMgmt",
  "Datastore.AllocateSpace",
  "SDN.Use",
] as const;
