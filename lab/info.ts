import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { LabError } from "./errors";
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
  writeAtomic(paths.network, `${JSON.stringify({ network_cidr: info.network.cidr })}\n`);
}
