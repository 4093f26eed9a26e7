import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isAllowed } from "./licences";
import type { Outcome } from "./outcome";

interface Lock {
  readonly packages: Readonly<
    Record<string, { license?: string; version?: string; link?: boolean }>
  >;
}

/** The licences in npm's lock file, development packages included. */
export function npmLicences(locks: string): Promise<Outcome> {
  const lock = JSON.parse(readFileSync(join(locks, "package-lock.json"), "utf8")) as Lock;
  const packages = Object.entries(lock.packages)
    .filter(([path, { link }]) => path.includes("node_modules/") && !link)
    .map(([path, each]) => ({ ...each, name: path.split("node_modules/").at(-1)! }));
  const findings = packages
    .filter(({ name, license }) => !isAllowed(name, license))
    .map(({ name, version, license }) => `${name} ${version}: ${license ?? "names no licence"}`);
  return Promise.resolve({ looked: `${packages.length} packages`, findings });
}
