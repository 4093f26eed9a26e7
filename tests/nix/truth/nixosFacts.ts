import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { project } from "../nix";

/** An option as NixOS has it. A value that differs between releases is an object by release. */
interface NixosOption {
  readonly type: string | Readonly<Record<string, string>>;
  readonly hasDefault: boolean;
  readonly default?: string | Readonly<Record<string, string>>;
}

export interface NixosFacts {
  readonly notCovered: readonly string[];
  readonly options: Readonly<Record<string, NixosOption>>;
  readonly renamedOrRemoved: Readonly<Record<string, { readonly to?: string }>>;
}

/** An option as the lab declares it. */
export interface LabOption {
  readonly name: string;
  readonly type: string;
  readonly internal: boolean;
  readonly hasDefault: boolean;
  /** Null if it cannot be shown. */
  readonly default: string | null;
}

const file = join(project, "..", "shared/nixos/options.json");

/** NixOS's own options, if this machine has the data. */
export const facts: NixosFacts | null = existsSync(file)
  ? (JSON.parse(readFileSync(file, "utf8")) as NixosFacts)
  : null;

/** To be added to the title of a test that is skipped. */
export const absence = "(skipped: there is no ../shared/nixos/options.json)";

/** Whether an option is, or is below, one of these. */
export const isBelow = (name: string, prefix: string) =>
  name === prefix || name.startsWith(`${prefix}.`);

/** How an option of the lab differs from NixOS's, or null if it does not. */
export function difference(lab: LabOption, nixos: NixosOption): string | null {
  const types = perRelease(nixos.type);
  if (!types.some((type) => isSameType(lab.type, type))) {
    return `type: ${lab.type}; NixOS: ${types.join(", or ")}`;
  }
  if (lab.hasDefault !== nixos.hasDefault) {
    return `default: ${lab.default ?? "none"}; NixOS: ${nixos.hasDefault ? perRelease(nixos.default).join() : "none"}`;
  }
  const defaults = perRelease(nixos.default);
  // Of one that depends on what has no value itself, the data has an example.
  if (lab.default === null || defaults.length === 0) return null;
  return defaults.some((value) => isSameDefault(lab.default!, value))
    ? null
    : `default: ${lab.default}; NixOS: ${defaults.join(", or ")}`;
}

function perRelease(value: string | Readonly<Record<string, string>> | undefined): string[] {
  return value === undefined ? [] : typeof value === "string" ? [value] : Object.values(value);
}

/** Older releases describe a submodule that takes further attributes by the type of these alone. */
function isSameType(lab: string, nixos: string): boolean {
  const older = (type: string) => type.replace(/open submodule of |[()]/g, "");
  return lab === nixos || (lab.includes("open submodule of ") && older(lab) === older(nixos));
}

/** A package that the data could not name stands for any. */
function isSameDefault(lab: string, nixos: string): boolean {
  return lab === nixos || (/^<derivation /.test(nixos) && /^(<derivation |pkgs\.)/.test(lab));
}
