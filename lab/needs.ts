import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { type Fallbacks, placementOf } from "../components/placement";
import { manifestOf } from "../cli/stackNeeds";
import { loadManifest } from "../manifest/load";
import { subnetOf, subnetsOf } from "../manifest/resolve/networks";
import { readStackFile } from "../settings/stackFile";
import type { WantedNetwork } from "./labNetworks";

/** What a lab must have beyond a network, a bridge and a storage, so that a manifest can be deployed. */
export interface LabNeeds {
  readonly networks: readonly WantedNetwork[];
  readonly datastores: readonly string[];
}

/** What a stack's manifest needs. Nothing if it cannot be loaded: the program says why, once it runs. */
export function needsOf(project: string, stack: string): LabNeeds {
  try {
    const { manifest } = loadManifest(manifestOf(project, stack));
    const settings = fallbacksOf(project, stack);
    const placed = manifest.services.map((spec) => ({
      network: subnetOf(manifest, spec)!.name,
      volumes: Object.values(spec.volumes).flatMap(({ datastore }) => datastore ?? []),
      ...placementOf(manifest, spec, settings),
    }));
    const networks = subnetsOf(manifest).map(({ name, cidr, gateway }) => {
      const at = placed
        .filter(({ network }) => network === name)
        .map(({ bridge, vlan: tag }) => ({ bridge, tag }));
      return { name, cidr, gateway, at: uniqueBy(at, ({ bridge, tag }) => `${bridge} ${tag}`) };
    });
    const datastores = placed.flatMap(({ datastore, volumes }) => [datastore, ...volumes]);
    return {
      networks: networks.filter(({ at }) => at.length > 0),
      datastores: [...new Set(datastores)],
    };
  } catch {
    return { networks: [], datastores: [] };
  }
}

function fallbacksOf(project: string, stack: string): Fallbacks {
  const { config } = parse(readFileSync(join(project, "Pulumi.yaml"), "utf8")) as {
    config: Record<string, { default?: string }>;
  };
  const own = readStackFile(join(project, `Pulumi.${stack}.yaml`));
  const value = (key: string) => {
    const chosen = own[`nixmox:${key}`];
    return typeof chosen === "string" ? chosen : (config[`nixmox:${key}`]?.default ?? "");
  };
  return {
    node: value("node"),
    container: { bridge: value("bridge"), datastore: value("datastore") },
  };
}

function uniqueBy<T>(values: readonly T[], key: (value: T) => string): T[] {
  return [...new Map(values.map((value) => [key(value), value])).values()];
}
