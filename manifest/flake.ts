import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { didYouMean } from "./didYouMean";
import { type Files, readTree } from "./readTree";
import type { ServiceSpec } from "./resolve/spec";

export type { Files } from "./readTree";

/**
 * Reads the flake's files. A host gets `flake.nix`, `flake.lock`, `nixos/lib`, `nixos/modules/base`,
 * the folders of `nixos/modules` that its service's `modules` name, and its own file in
 * `nixos/hosts`; so changing the files of one service rebuilds no other host.
 */
export class Flake {
  private readonly cache = new Map<string, Files>();

  constructor(private readonly root: string) {}

  /**
   * The files of one host.
   *
   * @throws if the host has neither a module nor a file of its own, or a module does not exist.
   */
  filesOf({ name, modules }: Pick<ServiceSpec, "name" | "modules">): Files {
    const own = `nixos/hosts/${name}.nix`;
    const hasFile = existsSync(join(this.root, own));
    const found = modules.filter((module) => existsSync(join(this.root, folderOf(module))));
    const missing = modules.filter((module) => !found.includes(module) && module !== name);
    if (missing.length > 0) {
      const hint = didYouMean(missing[0]!, this.modules());
      throw new Error(
        `Unable to configure service ${name}: there is no ${folderOf(missing[0]!)}.` +
          `${hint || " Correct the service's modules in the manifest."}`,
      );
    }
    if (!hasFile && found.length === 0) {
      throw new Error(
        `Unable to configure service ${name}: there is neither ${folderOf(name)} nor ${own}. ` +
          "Write one of them (see nixos/README.md), name other modules in the manifest, or set enable = false.",
      );
    }
    const parts = [
      "flake.nix",
      "flake.lock",
      "nixos/lib",
      folderOf("base"),
      ...found.map(folderOf),
      own,
    ];
    return Object.assign({}, ...parts.map((part) => this.read(part))) as Files;
  }

  /**
   * The files of every host, by name.
   *
   * @throws one error for all hosts without one
   */
  filesByHost(services: readonly ServiceSpec[]): ReadonlyMap<string, Files> {
    const errors: string[] = [];
    const files = new Map<string, Files>();
    for (const service of services) {
      try {
        files.set(service.name, this.filesOf(service));
      } catch (error) {
        errors.push((error as Error).message);
      }
    }
    if (errors.length > 0) throw new Error(errors.join("\n"));
    return files;
  }

  private modules(): string[] {
    return readdirSync(join(this.root, "nixos/modules")).filter((each) => each !== "base");
  }

  /** A file, or all files in a folder; nothing if there is none. */
  private read(path: string): Files {
    const known = this.cache.get(path);
    if (known) return known;
    const files = readTree(this.root, path);
    this.cache.set(path, files);
    return files;
  }
}

function folderOf(module: string): string {
  return `nixos/modules/${module}`;
}
