import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { messageOf } from "../cli/command";
import { withLock } from "../toolchain/lock";
import { LabError } from "./errors";
import { writeAtomic } from "./info";
import { RUN } from "./paths";

/**
 * What Proxmox VE's own hosts set. Every systemd in a container watches files, all containers share
 * one user's limits, and the kernel's usual 128 instances are used up by about twelve of them.
 */
const WANTED = {
  "fs.inotify.max_user_instances": 65536,
  "fs.inotify.max_user_watches": 4194304,
} as const;

type Key = keyof typeof WANTED;

/** What was raised, and from where: by key. */
const recordSchema = z.partialRecord(
  z.enum(Object.keys(WANTED) as [Key, ...Key[]]),
  z.object({ before: z.number(), raised: z.number() }),
);
type Record = z.output<typeof recordSchema>;

/** Where the limits and the record of them are. */
export interface InotifyPlaces {
  /** The kernel's settings. */
  readonly sysctl: string;
  /** Holds a folder for each lab that runs, and the record. Like the limits, it is gone at boot. */
  readonly run: string;
}

const PLACES: InotifyPlaces = { sysctl: "/proc/sys", run: RUN };

/** Raises the machine's inotify limits to what many containers need. The lab's folder is there. */
export function raiseInotifyLimits(log: Log, places = PLACES): Promise<void> {
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
            "machine itself if units in containers fail with `Too many open files`.",
        );
        continue;
      }
      record[key] = { before, raised };
      writeAtomic(recordOf(places), JSON.stringify(record));
      log(`Raised ${key} from ${before} to ${raised} while a lab runs, as Proxmox VE does.`);
    }
    return Promise.resolve();
  });
}

/**
 * Puts the limits back once no lab has its folder any more. What somebody else has changed since
 * is left as it is.
 */
export function restoreInotifyLimits(log: Log, places = PLACES): Promise<void> {
  if (!existsSync(recordOf(places))) return Promise.resolve();
  return withLock(lockOf(places), log, () => {
    const running = readdirSync(places.run, { withFileTypes: true });
    if (running.some((entry) => entry.isDirectory())) return Promise.resolve();
    for (const [key, { before, raised }] of entries(readRecord(places))) {
      if (read(places, key) !== raised) continue;
      write(places, key, before);
      log(`Put ${key} back to ${before}.`);
    }
    rmSync(recordOf(places), { force: true });
    return Promise.resolve();
  });
}

type Log = (line: string) => void;

const lockOf = ({ run }: InotifyPlaces) => `${run}.lock`;
const recordOf = ({ run }: InotifyPlaces) => join(run, "inotify.json");
const fileOf = ({ sysctl }: InotifyPlaces, key: Key) => join(sysctl, key.replaceAll(".", "/"));

const entries = <T>(table: Partial<{ [key in Key]: T }>) => Object.entries(table) as [Key, T][];

function read(places: InotifyPlaces, key: Key): number {
  const text = readFileSync(fileOf(places, key), "utf8").trim();
  if (/^\d+$/.test(text)) return Number(text);
  throw new LabError(`Unable to read ${key}: it is "${text}", which is not a number.`);
}

function write(places: InotifyPlaces, key: Key, value: number): void {
  writeFileSync(fileOf(places, key), `${value}\n`);
}

/** A record that cannot be read is as good as none: nothing will be put back then. */
function readRecord(places: InotifyPlaces): Record {
  if (!existsSync(recordOf(places))) return {};
  try {
    return recordSchema.parse(JSON.parse(readFileSync(recordOf(places), "utf8")));
  } catch {
    return {};
  }
}
