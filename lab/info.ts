import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { LabError } from "./errors";
import { defaultNetwork } from "../manifest/schema/networks";
import type { LabNetwork } from "./network";
import { labPaths } from "./paths";
import type { Template } from "./template/template";

/** A lab, as described by `lab.json` in its folder. */
export interface LabInfo {
  readonly name: string;
  /** Where the Proxmox API answers. */
  readonly endpoint: string;
  /** File that holds the API token. */
  readonly apiTokenFile: string;
  readonly network: { readonly cidr: string; readonly gateway: string };
  /** The machine's bridge that containers are attached to; Proxmox calls it vmbr0. */
  readonly bridge: string;
  /** Networks beside that one, each on a bridge of its own. */
  readonly networks?: readonly LabNetwork[];
  /** Storages for disks beside `local-lvm`. */
  readonly datastores?: readonly string[];
  readonly nodes: readonly string[];
  /** Process id of the API daemon; none while the lab is stopped. */
  readonly pid?: number;
  readonly port: number;
  readonly template: Template;
}

/** Reads the description of the lab in a folder; undefined if there is none. */
export function readLab(dir: string): LabInfo | undefined {
  const { info } = labPaths(dir);
  if (!existsSync(info)) return undefined;
  try {
    return JSON.parse(readFileSync(info, "utf8")) as LabInfo;
  } catch (error) {
    throw new LabError(
      `Unable to read ${info}: ${(error as Error).message}. ` +
        "Remove the lab with `npm run lab -- destroy`.",
    );
  }
}

/** Replaces a file as a whole, so that no reader sees half of it. */
export function writeAtomic(file: string, content: string, mode = 0o644): void {
  writeFileSync(`${file}.tmp`, content, { mode });
  renameSync(`${file}.tmp`, file);
}

/** Writes `lab.json`, and `network.json` for readers that need only the network. */
export function writeLab(dir: string, info: LabInfo): void {
  const paths = labPaths(dir);
  writeAtomic(paths.info, `${JSON.stringify(info, null, 2)}\n`);
  const others = (info.networks ?? []).filter(({ name }) => name !== defaultNetwork);
  const networks = Object.fromEntries(others.map(({ name, cidr }) => [name, cidr]));
  const file = { network_cidr: info.network.cidr, ...(others.length > 0 && { networks }) };
  writeAtomic(paths.network, `${JSON.stringify(file)}\n`);
}
