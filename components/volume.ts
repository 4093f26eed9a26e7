import * as pulumi from "@pulumi/pulumi";
import type { ProxmoxAccess } from "./proxmox/client";

export interface VolumeArgs {
  /** The service that it belongs to, and its own name, for messages. */
  readonly service: string;
  readonly volume: string;
  readonly nodeName: string;
  readonly vmId: number;
  readonly path: string;
  readonly sizeGb: number;
  readonly datastore: string;
  readonly backup: boolean;
}

/**
 * A disk of a container beside its root disk, which is made and grown while the container runs. Only
 * with its container is it ever deleted.
 */
export class Volume extends pulumi.CustomResource {
  static readonly type = "pve:index:Volume";

  /** Its key in the container's configuration, such as `mp0`. */
  declare readonly key: pulumi.Output<string>;
  /** Its name on the storage, such as `local-lvm:vm-7017-disk-1`. */
  declare readonly volumeId: pulumi.Output<string>;

  constructor(name: string, args: VolumeArgs, opts: pulumi.CustomResourceOptions) {
    super(Volume.type, name, { ...args, key: undefined, volumeId: undefined }, opts);
  }
}

/** A connection to Proxmox VE for volumes. */
export class VolumeProvider extends pulumi.ProviderResource {
  constructor(
    name: string,
    { endpoint, token, insecure, ca }: ProxmoxAccess,
    opts?: pulumi.ResourceOptions,
  ) {
    const inputs = { endpoint, insecure: String(insecure), ca, token: pulumi.secret(token) };
    super("pve", name, inputs, opts);
  }
}
