import { failure } from "./errors";

const WAIT = 10_000;

/** One worker at a time may change a container. */
export class Locks {
  private readonly tails = new Map<number, Promise<void>>();

  /**
   * Runs `work` once everyone before it is done, and gives up after ten seconds of waiting, as
   * Proxmox does.
   */
  async hold<T>(vmid: number, work: () => T | Promise<T>, wait = WAIT): Promise<T> {
    const before = this.tails.get(vmid) ?? Promise.resolve();
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    const tail = before.then(() => held);
    this.tails.set(vmid, tail);
    try {
      await this.waitFor(before, vmid, wait);
      return await work();
    } finally {
      release();
      if (this.tails.get(vmid) === tail) this.tails.delete(vmid);
    }
  }

  private async waitFor(before: Promise<void>, vmid: number, wait: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const file = `/run/lock/lxc/pve-config-${vmid}.lock`;
      timer = setTimeout(() => reject(failure(`can't lock file '${file}' - got timeout`)), wait);
    });
    await Promise.race([before, late]).finally(() => clearTimeout(timer));
  }
}
