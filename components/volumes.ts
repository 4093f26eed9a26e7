import type * as pulumi from "@pulumi/pulumi";
import type { ServiceSpec } from "../manifest/resolve/spec";
import type { Container } from "./container";
import type { RemoteHost } from "./remoteHost";
import { renderScript } from "./script";
import { Volume, type VolumeProvider } from "./volume";

export interface VolumesArgs {
  readonly spec: ServiceSpec;
  readonly container: Container;
  readonly host: RemoteHost;
  /** Storage of the volumes that name none. */
  readonly datastore: string;
}

/** What all volumes have in common. */
export interface VolumeOptions {
  readonly provider: VolumeProvider;
  readonly hooks: pulumi.ResourceHookBinding;
}

/**
 * The disks of a service's container beside its root disk, one after the other, since each changes
 * the container's configuration. A disk that would hide files on the host is not mounted.
 */
export function createVolumes(
  name: string,
  { spec, container, host, datastore }: VolumesArgs,
  {
    provider,
    hooks,
    ...opts
  }: VolumeOptions & {
    readonly parent: pulumi.Resource;
    readonly dependsOn: pulumi.Resource[];
  },
): pulumi.Resource[] {
  let before = opts.dependsOn;
  return Object.entries(spec.volumes).flatMap(([key, volume]) => {
    const checked = host.run(
      `${name}-volume-${key}-place`,
      { create: renderScript("check-mount-point", spec.name, spec.unit, key, volume.path) },
      { ...opts, dependsOn: before },
    );
    const created = new Volume(
      `${name}-volume-${key}`,
      {
        service: spec.name,
        volume: key,
        nodeName: container.node,
        vmId: spec.vmid,
        path: volume.path,
        sizeGb: volume.size_gb,
        datastore: volume.datastore ?? datastore,
        backup: volume.backup,
      },
      {
        ...opts,
        provider,
        hooks,
        dependsOn: [...before, checked],
        // It is deleted with its container, and a new container needs a new one.
        deletedWith: container,
        replaceWith: [container],
        deleteBeforeReplace: true,
      },
    );
    before = [...opts.dependsOn, created];
    return [created];
  });
}
