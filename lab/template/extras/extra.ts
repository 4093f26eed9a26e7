import { run } from "../../run";
import { once, type Log } from "../store";

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

/** The folder of one extra, built if it does not exist yet. */
export async function buildExtra(extra: Extra, log: Log): Promise<string> {
  return once("extras", entryOf(extra), async (dir) => {
    log(`Building ${extra.title} for the lab (once).`);
    const began = Date.now();
    await extra.build(dir, log);
    // A container's users are nobody in particular outside of it.
    await run("chmod", ["-R", "u+rwX,go+rX,go-w", dir]);
    log(`  built in ${Math.round((Date.now() - began) / 1000)} s`);
  });
}

/** The name of an extra's folder in the cache. */
export function entryOf(extra: Extra): string {
  return `${extra.name}-${extra.id()}`;
}
