import { mapValues } from "../tables";
import type { PlacedService } from "./context";

/** A disk of a container beside its root disk. */
export interface VolumeSpec<Gap = never> {
  /** Where the container has it. */
  readonly path: string | Gap;
  readonly size_gb: number | Gap;
  /** Storage of Proxmox VE; the root disk's if undefined. */
  readonly datastore?: string | undefined;
  /** Whether backups of the container include it. */
  readonly backup: boolean | Gap;
}

export function resolveVolumes({ entry }: PlacedService): Record<string, VolumeSpec<undefined>> {
  return mapValues(entry.volumes ?? {}, (volume) => ({
    path: volume?.path,
    size_gb: volume?.size_gb,
    datastore: volume?.datastore,
    backup: volume?.backup,
  }));
}
