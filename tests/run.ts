import { readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import Mocha from "mocha";
import { buildTemplate } from "../lab/lab";
import { checkMachine } from "../lab/preflight";
import { buildExtras, extrasOf, MODULES } from "../lab/template/extras";
import { optionalPlugins } from "../toolchain/pins";
import { provideToolchain } from "../toolchain/provide";

/**
 * Runs the tests, quick ones first, and prints their count.
 * Usage: `npm test` or `npm test -- unit nix` for some of the suites.
 */
const suites = ["unit", "nix", "engine", "lab"];
const wanted = process.argv.slice(2);
const unknown = wanted.filter((suite) => !suites.includes(suite));
if (unknown.length > 0) {
  console.error(`Unable to run tests ${unknown.join(", ")}: there are ${suites.join(", ")}.`);
  process.exit(1);
}

async function main(): Promise<void> {
  const chosen = suites.filter((suite) => wanted.length === 0 || wanted.includes(suite));
  if (chosen.includes("lab")) await checkMachine(join(__dirname, "..", ".nixmox", "lab"));
  // What takes minutes the first time is built here, where progress is visible, not inside a test.
  if (chosen.includes("engine") || chosen.includes("lab")) {
    await provideToolchain({ plugins: optionalPlugins });
  }
  if (chosen.includes("lab")) {
    await buildTemplate(console.log);
    await buildExtras(extrasOf(MODULES), console.log);
  }
  // In CI a commit always gets the same result; elsewhere property tests try new values each time.
  if (process.env.CI) fc.configureGlobal({ seed: 1 });
  const mocha = new Mocha({ timeout: 60_000, reporter: "spec", color: process.stdout.isTTY });
  for (const suite of chosen) {
    const folder = join(__dirname, suite);
    for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
      if (file.endsWith(".test.ts")) mocha.addFile(join(folder, file));
    }
  }
  const runner = mocha.run((failures) => {
    const { passes = 0, pending = 0 } = runner.stats ?? {};
    if (pending > 0) console.log(`${pending} skipped, each by name above`);
    console.log(`${passes} passed, ${failures} failed`);
    process.exitCode = failures > 0 || passes === 0 ? 1 : 0;
  });
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  console.log("0 passed, 1 failed");
  process.exitCode = 1;
});
