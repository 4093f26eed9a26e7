import { visibleLines } from "../manifest/visible";
import { runMain, stackCommandLine } from "./command";
import { type Plan, planOf } from "./plan/plan";
import { previewStack } from "./plan/preview";
import { renderTable } from "./plan/render";
import { openStack, type Pulumi } from "./pulumi";
import { servicesOf } from "./stackNeeds";
import { projectDir } from "./workspace";

/** Exit codes: as those of `diff`, but that 1 is an error, as everywhere else here. */
export const exitCodes = { unchanged: 0, failed: 1, changed: 2 } as const;

/** Asks what an update of a stack would mean for people. */
export async function readPlan(pulumi: Pulumi, stack: string): Promise<Plan> {
  const known = servicesOf(pulumi.workspace.project, stack);
  return planOf(stack, await previewStack(pulumi, stack), known);
}

export function exitCodeOf({ errors, changes }: Plan): number {
  if (errors.length > 0) return exitCodes.failed;
  return changes ? exitCodes.changed : exitCodes.unchanged;
}

/** What goes to standard error: why the update would be refused, and what people should know. */
export function complaintsOf({ errors, warnings }: Plan): string {
  return visibleLines([...warnings.map((each) => `Warning: ${each}`), ...errors].join("\n"));
}

async function plan({ stack, json }: { stack: string; json?: boolean }): Promise<void> {
  const made = await readPlan(await openStack(projectDir, stack), stack);
  const color = process.stdout.isTTY && !process.env.NO_COLOR;
  if (made.services.length > 0 || json) {
    console.log(json ? JSON.stringify(made, null, 2) : renderTable(made, { color }));
  }
  const complaints = complaintsOf(made);
  if (complaints !== "") console.error(complaints);
  process.exitCode = exitCodeOf(made);
}

if (require.main === module) {
  const description =
    "Say what `pulumi up` would mean for the people who use the services. " +
    "Exits with 0 without changes, with 2 if there are some, and with 1 if it is refused.";
  const command = stackCommandLine("npm run plan --", description).option(
    "--json",
    "print the plan as JSON (cli/plan/plan.ts describes it)",
  );
  runMain(command.action(plan).parseAsync());
}
