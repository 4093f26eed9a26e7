import type { Log } from "../store";

/**
 * A program that only some homelabs run. Unlike the template's own, it is built when a manifest
 * first asks for it.
 */
export interface Extra {
  /** Names its folder: `/usr/lib/nixmox-lab/extras/NAME` in every container. */
  readonly name: string;
  /** What it is called in progress and error messages. */
  readonly title: string;
  /** Identifies its sources and versions; cheap, since it is asked for at every start. */
  id(): string;
  /** Fills an empty folder. Everyone will be able to read what is in it. */
  build(dir: string, log: Log): Promise<void>;
}
