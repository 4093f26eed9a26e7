import { readdirSync, readFileSync } from "node:fs";

/**
 * Collects the command line and environment of every process on this machine, including those in
 * containers, a few times a second.
 */
export class ProcessWatch {
  private readonly seen = new Set<string>();
  private timer: NodeJS.Timeout | undefined;

  start(): void {
    this.timer = setInterval(() => this.look(), 150);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** How many different command lines and environments were seen. */
  get size(): number {
    return this.seen.size;
  }

  /** Those that contain a text. */
  find(text: string): string[] {
    return [...this.seen].filter((each) => each.includes(text));
  }

  look(): void {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      for (const file of ["cmdline", "environ"]) {
        try {
          this.seen.add(readFileSync(`/proc/${pid}/${file}`, "latin1"));
        } catch {
          // The process has ended, or is the kernel's own.
        }
      }
    }
  }
}
