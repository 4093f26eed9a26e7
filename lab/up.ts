import { runMain } from "../cli/command";
import { extensionPackagesOf, modulesOf } from "../cli/stackNeeds";
import { statusOf } from "../cli/status";
import { step } from "../cli/step";
import { projectDir } from "../cli/workspace";
import { DEV, openDevStack } from "./devStack";
import { buildExtras, extrasOf } from "./template/extras";

/**
 * `npm run up`: from a fresh machine to services that people can log in to. What exists already
 * is left as it is. Further arguments are passed to `pulumi up`.
 */
async function up(args: readonly string[]): Promise<void> {
  const pulumi = await openDevStack(projectDir);
  const needs = [...modulesOf(projectDir, DEV), ...extensionPackagesOf(projectDir, DEV)];
  await buildExtras(extrasOf(needs), step);
  step(`Deploying the manifest (pulumi up --stack ${DEV})`);
  const options = ["--stack", DEV, "--yes", "--suppress-outputs"];
  if ((await pulumi.run(["up", ...options, ...args])) !== 0) {
    throw new Error(
      "Unable to deploy the manifest: pulumi up failed (above). " +
        "Fix what it names and run `npm run up` again; it continues from there.",
    );
  }
  const { text, healthy } = await statusOf(pulumi, DEV);
  console.log(`\n${text}`);
  if (!healthy) process.exitCode = 1;
}

runMain(up(process.argv.slice(2)));
