import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { forgetSalt } from "./environment";
import { destroyLab } from "./lab";
import { openLab, openPulumi, step } from "./session";

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
    const session = await openLab(project);
    step("Destroying the stack (pulumi destroy --stack dev)");
    const { status } = session.pulumi(["destroy", "--stack", "dev", "--yes", "--skip-preview"]);
    // The containers go with the lab, so what the stack could not destroy is destroyed below.
    if (status !== 0) step("The stack could not destroy everything; the lab does");
    read(["stack", "rm", "dev", "--yes", "--force", "--preserve-config"]);
  }
  step("Removing the lab");
  await destroyLab({ dir: workspace.lab });
  forgetSalt(project);
  if (stacks().length === 0) rmSync(own, { recursive: true, force: true });
  step("Nothing is left.");
}

down().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
