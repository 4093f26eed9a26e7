import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openPulumi, type Pulumi } from "../cli/pulumi";
import { step } from "../cli/step";
import { hideSalt } from "../cli/workspace";
import { startLab } from "./lab";
import { needsOf } from "./needs";
import { checkMachine } from "./preflight";

/** The stack that the lab is for. */
export const DEV = "dev";

/** Where a checkout keeps its lab. */
export function labDirOf(project: string): string {
  return join(project, ".nixmox", "lab");
}

/** Provides Pulumi, starts the lab and creates the stack `dev`, each unless it exists already. */
export async function openDevStack(project: string): Promise<Pulumi> {
  await checkMachine(labDirOf(project));
  const pulumi = await openPulumi(project);
  step("Starting the lab");
  await startLab({
    dir: labDirOf(project),
    ...configuredLab(project),
    ...needsOf(project, DEV),
  });
  if (!(await pulumi.stacks()).includes(DEV)) await pulumi.read(["stack", "init", DEV]);
  hideSalt(project);
  return pulumi;
}

/** The lab's port and name, according to the stack's endpoint. */
function configuredLab(project: string): { port: number; name: string } {
  const config = readFileSync(join(project, `Pulumi.${DEV}.yaml`), "utf8");
  const port = Number(/nixmox:endpoint: https:\/\/127\.0\.0\.1:(\d+)/.exec(config)?.[1] ?? 8006);
  return { port, name: `lab${port}` };
}
