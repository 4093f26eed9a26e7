import { join } from "node:path";
import { execa } from "execa";
import { provideToolchain } from "../toolchain/provide";
import { runInForeground } from "./foreground";
import { pluginsOf } from "./stackNeeds";
import { step } from "./step";
import { prepareWorkspace, pulumiVariables, type Workspace } from "./workspace";

/** Runs a command whose files only their owner may read; this process has other files, too. */
const PRIVATELY = 'umask 077; exec "$0" "$@"';

/** Pulumi in a project, with the checkout's own state and passphrase. */
export interface Pulumi {
  readonly workspace: Workspace;
  /** Runs it with its output shown, and returns the exit code. */
  run(args: readonly string[]): Promise<number | undefined>;
  /** Runs it, with a text on its stdin, and returns what it printed. */
  read(args: readonly string[], input?: string): Promise<string>;
  /** Runs it and returns what it printed and its exit code, whatever that is. */
  attempt(args: readonly string[]): Promise<Attempt>;
  /** The names of all stacks. */
  stacks(): Promise<string[]>;
}

/** What a command printed, and how it ended. */
export interface Attempt {
  readonly exitCode?: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a command knows better than the checkout. */
export interface PulumiOptions {
  /** @default the checkout's own, which is prepared */
  readonly workspace?: Workspace;
  /** Variables for Pulumi. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Provides Pulumi and its plugins, and prepares the checkout's workspace. */
export async function openPulumi(
  project: string,
  {
    quiet = false,
    stack = "dev",
    workspace = prepareWorkspace(project),
    variables = {},
  }: PulumiOptions & { readonly quiet?: boolean; readonly stack?: string } = {},
): Promise<Pulumi> {
  if (!quiet) step("Providing Pulumi and its plugins");
  const { bin } = await provideToolchain({ quiet, plugins: pluginsOf(project, stack) });
  const options = {
    cwd: project,
    env: { ...pulumiVariables(workspace, bin, stack), ...variables },
  };
  const complete = (args: readonly string[]) => [
    ...["-c", PRIVATELY, join(bin, "pulumi")],
    ...args,
    "--non-interactive",
  ];
  const attempt = async (args: readonly string[], input = "") =>
    execa("sh", complete(args), { ...options, input, reject: false });
  const read = async (args: readonly string[], input = "") => {
    const { exitCode, stdout, stderr } = await attempt(args, input);
    if (exitCode === 0) return stdout;
    const why = stderr
      .trim()
      .replace(/^error: /, "")
      .replace(/\.$/, "");
    throw new Error(`Unable to run pulumi ${args.join(" ")}: ${why}.`);
  };
  return {
    workspace,
    read,
    attempt: (args) => attempt(args),
    run: (args) => runInForeground("sh", complete(args), options),
    stacks: async () => {
      const all = JSON.parse(await read(["stack", "ls", "--json"])) as { name: string }[];
      return all.map(({ name }) => name);
    },
  };
}

/** Pulumi for commands that read an existing stack. */
export async function openStack(
  project: string,
  stack: string,
  options: PulumiOptions = {},
): Promise<Pulumi> {
  const pulumi = await openPulumi(project, { ...options, quiet: true, stack });
  const stacks = await pulumi.stacks();
  if (stacks.includes(stack)) return pulumi;
  const known = stacks.length > 0 ? `there are ${stacks.join(", ")}` : "there are none yet";
  const create =
    stack === "dev"
      ? "Create it and its lab with `npm run up`."
      : `Name one of them with --stack, or create it with \`pulumi stack init ${stack}\`.`;
  throw new Error(`Unable to open the stack ${stack}: it does not exist (${known}). ${create}`);
}
