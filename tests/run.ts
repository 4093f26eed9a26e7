import { readdirSync } from "node:fs";
import { join } from "node:path";
import Mocha from "mocha";

/**
 * Runs the tests, quick ones first, and ends with their count.
 * Usage: `npm test` or `npm test -- unit nix` for some of the suites.
 */
const suites = ["unit", "nix", "engine", "lab"];
const wanted = process.argv.slice(2);
const unknown = wanted.filter((suite) => !suites.includes(suite));
if (unknown.length > 0) {
  console.error(`Unable to run tests ${unknown.join(", ")}: there are ${suites.join(", ")}.`);
  process.exit(1);
}

const mocha = new Mocha({ timeout: 60_000, reporter: "spec", color: process.stdout.isTTY });
for (const suite of suites.filter((each) => wanted.length === 0 || wanted.includes(each))) {
  const folder = join(__dirname, suite);
  for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
    if (!file.endsWith(".test.ts")) continue;
    mocha.addFile(join(folder, file));
  }
}
const runner = mocha.run((failures) => {
  const { passes = 0, pending = 0 } = runner.stats ?? {};
  const skipped = pending > 0 ? `, ${pending} skipped` : "";
  console.log(`${passes} passed, ${failures} failed${skipped}`);
  process.exitCode = failures > 0 || passes === 0 ? 1 : 0;
});
