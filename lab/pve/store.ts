import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { digestOf, parseConfig, printConfig, type ContainerConfig } from "./configFile";
import { failure } from "./errors";

/** A container's place in the cluster. */
export interface Placement {
  readonly vmid: number;
  readonly node: string;
}

/** The containers' configuration files, one folder per node, as in /etc/pve. */
export class ConfigStore {
  constructor(
    private readonly dir: string,
    readonly nodes: readonly string[],
  ) {
    for (const node of nodes) mkdirSync(join(dir, node, "lxc"), { recursive: true });
  }

  /** All containers of a node, or of all nodes. */
  list(node?: string): Placement[] {
    const nodes = node === undefined ? this.nodes : [node];
    return nodes.flatMap((name) =>
      readdirSync(join(this.dir, name, "lxc"))
        .flatMap((file) => /^(\d+)\.conf$/.exec(file)?.[1] ?? [])
        .map((vmid) => ({ vmid: Number(vmid), node: name }))
        .sort((a, b) => a.vmid - b.vmid),
    );
  }

  /** The node that a container is on. */
  find(vmid: number): string | undefined {
    return this.nodes.find((node) => existsSync(this.file(node, vmid)));
  }

  load(node: string, vmid: number): ContainerConfig & { readonly digest: string } {
    const file = this.file(node, vmid);
    if (!existsSync(file)) {
      throw failure(`Configuration file 'nodes/${node}/lxc/${vmid}.conf' does not exist`);
    }
    const text = readFileSync(file, "utf8");
    return { ...parseConfig(text), digest: digestOf(text) };
  }

  save(node: string, vmid: number, config: ContainerConfig): void {
    for (const [key, value] of Object.entries({ ...config.values, ...config.pending })) {
      if (key !== "description" && /[\r\n]/.test(value)) {
        throw failure(`detected invalid newline inside property '${key}'`);
      }
    }
    const file = this.file(node, vmid);
    writeFileSync(`${file}.tmp`, printConfig(config));
    renameSync(`${file}.tmp`, file);
  }

  remove(node: string, vmid: number): void {
    rmSync(this.file(node, vmid), { force: true });
  }

  private file(node: string, vmid: number): string {
    return join(this.dir, node, "lxc", `${vmid}.conf`);
  }
}
