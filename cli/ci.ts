import { existsSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { PrivateFolder, type SecretFiles } from "./ci/secretFiles";
import { takeLock } from "./ci/lock";
import { commandLine, runMain } from "./command";
import { complaintsOf, exitCodeOf, exitCodes, readPlan } from "./plan";
import type { Plan } from "./plan/plan";
import { renderMarkdown, renderTable } from "./plan/render";
import { openStack, type Pulumi } from "./pulumi";
import { prepareWorkspace, projectDir, type Workspace } from "./workspace";

interface Options {
  readonly stack: string;
  readonly passphraseFile?: string;
  readonly tokenFile?: string;
  readonly sshKeyFile?: string;
  readonly backend?: string;
  readonly comment?: string;
}

/** `npm run ci -- preview`: what an update would mean, also as a comment on a pull request. */
async function preview(pulumi: Pulumi, { stack, comment }: Options): Promise<void> {
  const plan = await show(pulumi, stack);
  if (comment !== undefined) writeFileSync(resolve(comment), renderMarkdown(plan));
  process.exitCode = exitCodeOf(plan);
}

/** `npm run ci -- up`: the update, unless there is nothing to do. */
async function up(pulumi: Pulumi, { stack }: Options): Promise<void> {
  const plan = await show(pulumi, stack);
  if (plan.errors.length > 0) {
    process.exitCode = exitCodes.failed;
    return;
  }
  if (!plan.changes) return;
  const args = ["up", "--stack", stack, "--yes", "--skip-preview", "--suppress-outputs"];
  if ((await pulumi.run(args)) === 0) return;
  throw new Error(
    `Unable to deploy the stack ${stack}: pulumi up failed (above). ` +
      "Fix what it names and run this again; it continues from there.",
  );
}

async function show(pulumi: Pulumi, stack: string): Promise<Plan> {
  const plan = await readPlan(pulumi, stack);
  console.log(renderTable(plan));
  const complaints = complaintsOf(plan);
  if (complaints !== "") console.error(complaints);
  return plan;
}

/** Runs one of the two with the secrets that it gets by file, and with nobody else at it. */
async function run(name: "preview" | "up", options: Options): Promise<void> {
  const { stack, backend } = options;
  const folder = new PrivateFolder();
  endOnSignals();
  const release = takeLock(
    lockFile(stack, backend),
    `npm run ci -- ${name} --stack ${stack}`,
    folder.path,
  );
  process.once("exit", release);
  try {
    const variables = folder.adopt(filesOf(options));
    Object.assign(process.env, variables);
    const pulumi = await openStack(projectDir, stack, {
      workspace: workspaceOf(variables.PULUMI_CONFIG_PASSPHRASE_FILE),
      variables: backend === undefined ? {} : { PULUMI_BACKEND_URL: backend },
    });
    await (name === "up" ? up(pulumi, options) : preview(pulumi, options));
  } finally {
    folder.remove();
    release();
  }
}

/** Options come before the variables that name files, for a CI that gives its secrets by file. */
function filesOf({ passphraseFile, tokenFile, sshKeyFile }: Options): SecretFiles {
  const { NIXMOX_PASSPHRASE_FILE, NIXMOX_API_TOKEN_FILE, NIXMOX_SSH_KEY_FILE } = process.env;
  return {
    passphrase: passphraseFile ?? NIXMOX_PASSPHRASE_FILE,
    token: tokenFile ?? NIXMOX_API_TOKEN_FILE,
    sshKey: sshKeyFile ?? NIXMOX_SSH_KEY_FILE,
  };
}

/** The checkout's own workspace, but with a passphrase that is given: a new one would open nothing. */
function workspaceOf(passphraseFile: string | undefined): Workspace {
  const dir = join(projectDir, ".nixmox");
  if (passphraseFile !== undefined) return { project: projectDir, dir, passphraseFile };
  if (existsSync(join(dir, "passphrase"))) return prepareWorkspace(projectDir);
  throw new Error(
    "Unable to open the state: no passphrase is given. Name its file with --passphrase-file FILE or " +
      "NIXMOX_PASSPHRASE_FILE; `.nixmox/passphrase` is the one of the checkout that made the stack.",
  );
}

/** Beside the state where that is a folder, so that every checkout with this state has the same lock. */
function lockFile(stack: string, backend: string | undefined): string {
  const state = backend?.startsWith("file://")
    ? fileURLToPath(backend)
    : join(projectDir, ".nixmox", "state");
  return join(state, "nixmox-locks", `${stack}.json`);
}

/** Ends at once where nothing is being deployed; what is, is told to end by `runInForeground`. */
function endOnSignals(): void {
  for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })) {
    process.on(signal, () => {
      process.exitCode = code;
      if (process.listenerCount(signal) === 1) process.exit();
    });
  }
}

function subcommand(name: "preview" | "up", description: string) {
  return commandLine(name, description)
    .requiredOption("--stack <name>", "the stack to work on")
    .option("--passphrase-file <file>", "file with the passphrase of the stack's secrets")
    .option("--token-file <file>", "file with Proxmox VE's API token")
    .option("--ssh-key-file <file>", "file with the private key that logs in to hosts")
    .option("--backend <url>", "where the state is (default: .nixmox/state)")
    .action((options: Options) => run(name, options));
}

const program = commandLine("npm run ci --", "Preview or deploy a stack as a CI does.")
  .addCommand(
    subcommand("preview", "Say what an update would mean. Exits as `npm run plan` does.").option(
      "--comment <file>",
      "write it as Markdown, too",
    ),
  )
  .addCommand(subcommand("up", "Deploy. Exits with 0, also if there is nothing to do."));
runMain(program.parseAsync());
