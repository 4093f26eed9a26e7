import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { messageOf, runMain } from "../cli/command";
import { openPulumi, type Pulumi } from "../cli/pulumi";
import { step } from "../cli/step";
import { forgetSalt, hasSecrets, projectDir, removeWorkspace } from "../cli/workspace";
import { DEV, labDirOf, openDevStack } from "./devStack";
import { destroyLab } from "./lab";

/**
 * `npm run down`: destroys the stack `dev` and the lab. The checkout's keys and passphrase are removed too,
 * unless another stack still needs them. The passphrase stays with secrets that were set with it.
 */
async function down(project: string): Promise<void> {
  const dir = join(project, ".nixmox");
  if (!existsSync(dir)) {
    console.log("There is no lab.");
    return;
  }
  const pulumi = await openPulumi(project);
  if ((await pulumi.stacks()).includes(DEV)) {
    await destroyStack(project, pulumi);
    await pulumi.read(["stack", "rm", DEV, "--yes", "--force", "--preserve-config"]);
  }
  step("Removing the lab");
  await destroyLab({ dir: labDirOf(project) });
  const unused = (await pulumi.stacks()).length === 0 && otherStackFiles(project).length === 0;
  if (!hasSecrets(project)) forgetSalt(project);
  if (unused) removeWorkspace(pulumi.workspace);
  step("Nothing is left of the lab.");
  if (hasSecrets(project)) step(`The passphrase is kept: Pulumi.${DEV}.yaml has secrets.`);
}

/** The lab removes the containers anyway, so a stack that cannot be destroyed is no obstacle. */
async function destroyStack(project: string, pulumi: Pulumi): Promise<void> {
  try {
    // A run that was killed leaves its lock behind.
    await pulumi.read(["cancel", "--yes", "--stack", DEV]);
    await openDevStack(project);
    step(`Destroying the stack (pulumi destroy --stack ${DEV})`);
    const failed = await pulumi.run(["destroy", "--stack", DEV, "--yes", "--skip-preview"]);
    if (failed) step("pulumi destroy failed (above); removing the lab removes what is left");
  } catch (error) {
    console.error(messageOf(error));
    step("The stack could not be destroyed; removing the lab removes what it created");
  }
}

/** Configurations of stacks whose state may be elsewhere, but which may use this checkout's keys. */
function otherStackFiles(project: string): string[] {
  return readdirSync(project).filter((f) => /^Pulumi\.(?!dev\.).+\.yaml$/.test(f));
}

runMain(down(projectDir));
