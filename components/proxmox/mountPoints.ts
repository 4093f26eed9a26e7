import { z } from "zod";
import type { ProxmoxClient } from "./client";

/** A container's configuration. */
export type GuestConfig = Readonly<Record<string, unknown>>;

const config = z.record(z.string(), z.unknown());

/** A disk or folder of a container beside its root disk, as its configuration has it. */
export interface MountPoint {
  /** `mp0` and so on. */
  readonly key: string;
  /** Its name on a storage, or a path of the node. */
  readonly source: string;
  /** Storage that it is on; none if it is a folder or a device of the node. */
  readonly datastore: string | undefined;
  readonly path: string;
  /** In GiB; none if Proxmox VE does not know it. */
  readonly sizeGb: number | undefined;
  readonly backup: boolean;
  /** The whole value. */
  readonly text: string;
}

/** The highest number of a mount point. */
const HIGHEST = 255;

/** The configuration, with what is pending. */
export function readConfig(
  client: ProxmoxClient,
  node: string,
  vmid: number,
): Promise<GuestConfig> {
  return client.get(`nodes/${node}/lxc/${vmid}/config`, config);
}

export function mountPointsOf(settings: GuestConfig): MountPoint[] {
  return Object.entries(settings)
    .filter(([key]) => /^mp\d+$/.test(key))
    .map(([key, value]) => parse(key, String(value)))
    .sort((a, b) => Number(a.key.slice(2)) - Number(b.key.slice(2)));
}

/** The first number that no mount point has. */
export function freeKey(settings: GuestConfig): string | undefined {
  for (let index = 0; index <= HIGHEST; index++) {
    if (!(`mp${index}` in settings)) return `mp${index}`;
  }
  return undefined;
}

/** The value with one option changed, and all others kept, such as those that were set by hand. */
export function withOption({ text }: MountPoint, option: string, value: string): string {
  const others = text.split(",").filter((part) => !part.startsWith(`${option}=`));
  return [...others, `${option}=${value}`].join(",");
}

function parse(key: string, text: string): MountPoint {
  const [first = "", ...rest] = text.split(",");
  const options = new Map(
    rest.map((part) => {
      const [name = "", ...value] = part.split("=");
      return [name, value.join("=")];
    }),
  );
  const source = first.replace(/^volume=/, "");
  return {
    key,
    source,
    datastore: source.startsWith("/") ? undefined : source.split(":")[0],
    // Proxmox VE takes a path without its first slash, too.
    path: `/${(options.get("mp") ?? "").replace(/^\/+/, "").replace(/\/+$/, "")}`,
    sizeGb: gibibytes(options.get("size")),
    backup: options.get("backup") === "1",
    text,
  };
}

const UNITS = { "": -3, K: -2, M: -1, G: 0, T: 1 } as const;

function gibibytes(size: string | undefined): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)$/.exec(size ?? "");
  if (!match) return undefined;
  return Number(match[1]) * 1024 ** UNITS[match[2] as keyof typeof UNITS];
}
