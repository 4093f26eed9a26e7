import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { provideToolchain } from "../toolchain/provide";
import { hideSalt, prepareWorkspace, pulumiVariables, type Workspace } from "./environment";
import { type LabInfo, startLab } from "./lab";

/** A running lab and the Pulumi that works on it. */
export interface Session {
  readonly workspace: Workspace;
  readonly lab: LabInfo;
  /** Runs Pulumi in the project, with its output shown. */
  pulumi(args: readonly string[]): SpawnSyncReturns<Buffer>;
  /** Runs Pulumi and gives what it printed. */
  read(args: readonly string[]): string;
  /** Says what happens next. */
  step(what: string): void;
}

const began = Date.now();

/** Says what happens next, and how long it took to get there. */
export function step(what: string): void {
  console.log(`[${String(Math.round((Date.now() - began) / 1000)).padStart(3)} s] ${what}`);
}

/** Pulumi in a project, with the toolchain's engine and the checkout's own passphrase. */
export async function openPulumi(project: string, { quiet = false } = {}) {
  const workspace = prepareWorkspace(project);
  if (!quiet) step("Providing Pulumi and its plugins");
  const { bin } = await provideToolchain({ quiet });
  const env = { ...process.env, ...pulumiVariables(workspace, bin) };
  const run = (args: readonly string[], stdio: "inherit" | "pipe") =>
    spawnSync(join(bin, "pulumi"), [...args, "--non-interactive"], { cwd: project, env, stdio });
  const read = (args: readonly string[]) => {
    const { status, stdout, stderr } = run(args, "pipe");
    if (status !== 0) {
      throw new Error(`Unable to run pulumi ${args.join(" ")}: ${String(stderr).trim()}.`);
    }
    return String(stdout);
  };
  const stacks = () =>
    (JSON.parse(read(["stack", "ls", "--json"])) as { name: string }[]).map(({ name }) => name);
  return {
    workspace,
    step,
    read,
    stacks,
    pulumi: (args: readonly string[]) => run(args, "inherit"),
  };
}

/** Provides Pulumi, starts the lab and makes the stack `dev`, each unless it is there already. */
export async function openLab(project: string): Promise<Session> {
  const pulumi = await openPulumi(project);
  step("Starting the lab");
  const lab = await startLab({ dir: pulumi.workspace.lab, ...labOf(project) });
  if (!pulumi.stacks().includes("dev")) pulumi.read(["stack", "init", "dev"]);
  hideSalt(project);
  return { ...pulumi, lab };
}

/** The lab's port and name, as the stack's endpoint says. */
function labOf(project: string): { port: number; name: string } {
  const config = readFileSync(join(project, "Pulumi.dev.yaml"), "utf8");
  const port = Number(/nixmox:endpoint: https:\/\/127\.0\.0\.1:(\d+)/.exec(config)?.[1] ?? 8006);
  return { port, name: `lab${port}` };
}
