import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { messageOf } from "../cli/command";
import { withLock } from "../toolchain/lock";
import { LabError } from "./errors";
import { writeAtomic } from "./info";
import { RUN } from "./paths";

/**
 * All containers of a lab share one user's limits. About twelve systemds exhaust the kernel's usual
 * 128 inotify instances; Proxmox VE's own hosts set the values below. With its usual 200 keys,
 * units of twenty containers that start at the same time fail at step KEYRING.
 */
const WANTED = {
  "fs.inotify.max_user_instances": 65536,
  "fs.inotify.max_user_watches": 4194304,
  "kernel.keys.maxkeys": 2000,
} as const;

type Key = keyof typeof WANTED;

/** What was raised, and from which value, by key. */
const recordSchema = z.partialRecord(
  z.enum(Object.keys(WANTED) as [Key, ...Key[]]),
  z.object({ before: z.number(), raised: z.number() }),
);
type Record = z.output<typeof recordSchema>;

/** Where the limits and the record of them are. */
export interface LimitPlaces {
  /** The kernel's settings. */
  readonly sysctl: string;
  /** Holds a folder for each running lab, and the record. Like the limits, it does not survive a reboot. */
  readonly run: string;
}

const PLACES: LimitPlaces = { sysctl: "/proc/sys", run: RUN };

/** Raises the machine's limits to what many containers need. The lab must have its folder by then. */
export function raiseKernelLimits(log: Log, places = PLACES): Promise<void> {
  return withLock(lockOf(places), log, () => {
    const record = readRecord(places);
    for (const [key, raised] of entries(WANTED)) {
      const before = read(places, key);
      if (before >= raised) continue;
      try {
        write(places, key, raised);
      } catch (error) {
        log(
          `Unable to raise ${key} from ${before}: ${messageOf(error)}. Set it to ${raised} on the ` +
            "machine itself if units in containers fail.",
        );
        continue;
      }
      record[key] = { before, raised };
      writeAtomic(recordOf(places), JSON.stringify(record));
      log(`Raised ${key} from ${before} to ${raised} while a lab runs.`);
    }
    return Promise.resolve();
  });
}

/**
 * Restores the limits once no lab has a folder any more. What someone else has changed since then
 * is left as it is.
 */
export function restoreKernelLimits(log: Log, places = PLACES): Promise<void> {
  if (!existsSync(recordOf(places))) return Promise.resolve();
  return withLock(lockOf(places), log, () => {
    const running = readdirSync(places.run, { withFileTypes: true });
    if (running.some((entry) => entry.isDirectory())) return Promise.resolve();
    for (const [key, { before, raised }] of entries(readRecord(places))) {
      if (read(places, key) !== raised) continue;
      write(places, key, before);
      log(`Restored ${key} to ${before}.`);
    }
    rmSync(recordOf(places), { force: true });
    return Promise.resolve();
  });
}

type Log = (line: string) => void;

const lockOf = ({ run }: LimitPlaces) => `${run}.lock`;
const recordOf = ({ run }: LimitPlaces) => join(run, "limits.json");
const fileOf = ({ sysctl }: LimitPlaces, key: Key) => join(sysctl, key.replaceAll(".", "/"));

const entries = <T>(table: Partial<{ [key in Key]: T }>) => Object.entries(table) as [Key, T][];

function read(places: LimitPlaces, key: Key): number {
  const text = readFileSync(fileOf(places, key), "utf8").trim();
  if (/^\d+$/.test(text)) return Number(text);
  throw new LabError(`Unable to read ${key}: it is "${text}", which is not a number.`);
}

function write(places: LimitPlaces, key: Key, value: number): void {
  writeFileSync(fileOf(places, key), `${value}\n`);
}

/** A record that cannot be read is as good as none: nothing is restored then. */
function readRecord(places: LimitPlaces): Record {
  if (!existsSync(recordOf(places))) return {};
  try {
    return recordSchema.parse(JSON.parse(readFileSync(recordOf(places), "utf8")));
  } catch {
    return {};
  }
}
