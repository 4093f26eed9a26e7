import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { forgetSalt } from "./environment";
import { destroyLab } from "./lab";
import { openLab, openPulumi, step } from "./session";
import { endWith } from "./command";

/**
 * `npm run down`: destroys the stack `dev` and the lab. The checkout's keys and passphrase go too,
 * unless another stack still needs them.
 */
async function down(): Promise<void> {
  const project = join(__dirname, "..");
  const own = join(project, ".nixmox");
  if (!existsSync(own)) {
    console.log("There is no lab.");
    return;
  }
  const { workspace, stacks, read } = await openPulumi(project);
  if (stacks().includes("dev")) {
    await destroyStack(project, read);
    read(["stack", "rm", "dev", "--yes", "--force", "--preserve-config"]);
  }
  step("Removing the lab");
  await destroyLab({ dir: workspace.lab });
  forgetSalt(project);
  const alone = stacks().length === 0 && otherStackFiles(project).length === 0;
  if (alone) rmSync(own, { recursive: true, force: true });
  step("Nothing of the lab is left.");
}

/** The containers go with the lab, so what the stack cannot destroy is no reason to stop. */
async function destroyStack(project: string, read: (args: readonly string[]) => string) {
  try {
    // A run that was killed leaves its lock behind.
    read(["cancel", "--yes", "--stack", "dev"]);
    const session = await openLab(project);
    step("Destroying the stack (pulumi destroy --stack dev)");
    session.pulumi(["destroy", "--stack", "dev", "--yes", "--skip-preview"]);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    step("The stack could not destroy everything; the lab does");
  }
}

/** Configurations of stacks whose state may be elsewhere, and which may use this checkout's keys. */
function otherStackFiles(project: string): string[] {
  return readdirSync(project).filter((f) => /^Pulumi\.(?!dev\.).+\.yaml$/.test(f));
}

endWith(down());
