import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeAtomic } from "../info";
import type { LabPaths } from "../paths";
import { failure, parameterError } from "./errors";

interface Pool {
  readonly comment?: string;
  readonly members: readonly number[];
}

/** Resource pools, whose roles apply to the containers in them. */
export class Pools {
  private readonly file: string;

  constructor(paths: LabPaths) {
    this.file = join(paths.nodes, "..", "pools.json");
  }

  all(): Record<string, Pool> {
    if (!existsSync(this.file)) return {};
    return JSON.parse(readFileSync(this.file, "utf8")) as Record<string, Pool>;
  }

  create(id: string, comment?: string): void {
    if (Object.hasOwn(this.all(), id))
      throw failure(`create pool failed: pool '${id}' already exists`);
    this.save({ ...this.all(), [id]: { comment, members: [] } });
  }

  remove(id: string): void {
    const { [id]: pool, ...others } = this.all();
    if (!pool) throw failure(`delete pool failed: pool '${id}' does not exist`);
    if (pool.members.length > 0) throw failure(`delete pool failed: pool '${id}' is not empty`);
    this.save(others);
  }

  check(id: string): void {
    if (!Object.hasOwn(this.all(), id))
      throw parameterError({ pool: `pool '${id}' does not exist` });
  }

  add(id: string, vmid: number): void {
    const pool = this.all()[id] ?? { members: [] };
    this.save({ ...this.all(), [id]: { ...pool, members: [...pool.members, vmid] } });
  }

  /** The pool that a container is in. */
  of(vmid: number): string | undefined {
    return Object.entries(this.all()).find(([, pool]) => pool.members.includes(vmid))?.[0];
  }

  /** Removes a deleted container from its pool. */
  forget(vmid: number): void {
    const id = this.of(vmid);
    if (id === undefined) return;
    const pool = this.all()[id]!;
    const members = pool.members.filter((member) => member !== vmid);
    this.save({ ...this.all(), [id]: { ...pool, members } });
  }

  private save(pools: Record<string, Pool>): void {
    writeAtomic(this.file, `${JSON.stringify(pools, null, 2)}\n`);
  }
}
