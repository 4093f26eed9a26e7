import { resolve } from "node:path";
import { commandLine, runMain } from "../cli/command";
import { goLicences } from "./goLicences";
import { npmLicences } from "./npmLicences";
import type { Audit } from "./outcome";
import { goVulnerabilities, npmVulnerabilities } from "./vulnerabilities";

/** Each in the words of the line that reports it. */
const audits: Readonly<Record<string, Audit>> = {
  "npm vulnerabilities": npmVulnerabilities,
  "Go vulnerabilities": goVulnerabilities,
  "npm licences": npmLicences,
  "Go licences": goLicences,
};

/** Runs every audit and prints a line for each. Fails if one of those that could run found something. */
export async function audit(
  locks: string,
  chosen: Readonly<Record<string, Audit>> = audits,
  print: (line: string) => void = console.log,
): Promise<void> {
  let failed = 0;
  for (const [name, run] of Object.entries(chosen)) {
    const outcome = await run(locks);
    if ("skipped" in outcome) {
      print(`${name}: skipped: ${outcome.skipped}`);
      continue;
    }
    if (outcome.findings.length > 0) failed++;
    print(`${name}: ${outcome.findings.length} found in ${outcome.looked}`);
    for (const finding of outcome.findings) print(`  ${finding}`);
  }
  if (failed > 0) {
    const what = failed === 1 ? "1 audit" : `${failed} audits`;
    throw new Error(
      `Unable to pass: ${what} found something (above). Update what is named, or, for a licence that ` +
        "is fine, add it in audit/licences.ts.",
    );
  }
}

const description =
  "Look for known vulnerabilities and for licences that are not allowed in what NixMox depends on.";

async function main(): Promise<void> {
  const command = commandLine("npm run audit --", description).option(
    "--locks <folder>",
    "another checkout, of which only the lock files are read",
    ".",
  );
  await command.action(({ locks }: { locks: string }) => audit(resolve(locks))).parseAsync();
}

if (require.main === module) runMain(main());
