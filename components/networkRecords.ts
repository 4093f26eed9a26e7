import * as pulumi from "@pulumi/pulumi";
import { ownRecords, ownZones, withoutAliases } from "../manifest/resolve/ownNames";
import type { Manifest } from "../manifest/resolve/spec";
import { renderLocalData } from "./localData";
import type { RemoteHost } from "./remoteHost";

export interface NetworkRecordsArgs {
  /** Host that answers for the domain. */
  readonly resolver: RemoteHost;
  readonly manifest: Manifest;
}

/** The names of devices and the manifest's own records, which are no service's. */
export class NetworkRecords extends pulumi.ComponentResource {
  constructor(
    name: string,
    { resolver, manifest }: NetworkRecordsArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("nixmox:index:NetworkRecords", name, {}, opts);
    const content = renderNetworkRecords(manifest);
    resolver.dropIn(`${name}-records`, { kind: "dns", content }, { parent: this });
    this.registerOutputs({ devices: Object.keys(manifest.devices) });
  }
}

/** What belongs to no service, in the syntax of Unbound's `server:` clause. */
export function renderNetworkRecords(manifest: Manifest): string {
  const all = ownRecords(manifest);
  const every = all.map(({ record }) => record);
  const own = all
    .filter(({ holder }) => holder !== "host" && holder !== "route")
    .map(({ record }) => record)
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return [...renderLocalData(withoutAliases(own, every), ownZones(manifest)), ""].join("\n");
}
