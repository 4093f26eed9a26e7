import { mapValues } from "../tables";
import type { PlacedService } from "./context";
import type { VolumeSpec } from "./placementSpec";

export function resolveVolumes({ entry }: PlacedService): Record<string, VolumeSpec<undefined>> {
  return mapValues(entry.volumes ?? {}, (volume) => ({
    path: volume?.path,
    size_gb: volume?.size_gb,
    datastore: volume?.datastore,
    backup: volume?.backup,
  }));
}
