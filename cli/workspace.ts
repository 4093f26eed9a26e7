import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { execaSync } from "execa";
import { readStackFile } from "../settings/stackFile";
import { CA_VARIABLE } from "../components/proxmox/client";

/** The project's folder. */
export const projectDir = resolve(__dirname, "..");

const devStackFile = "Pulumi.dev.yaml";

/** What a checkout keeps for its stacks, out of git: state, passphrase and SSH key. */
export interface Workspace {
  /** The project's folder. */
  readonly project: string;
  /** Where all of this is kept. */
  readonly dir: string;
  /** File with the passphrase that encrypts the stacks' secrets. */
  readonly passphraseFile: string;
}

/** Creates what a checkout's workspace lacks: passphrase, SSH key, folder for the state. */
export function prepareWorkspace(project: string): Workspace {
  const dir = join(project, ".nixmox");
  const key = join(dir, "ssh", "id_ed25519");
  const passphraseFile = join(dir, "passphrase");
  const state = join(dir, "state");
  mkdirSync(state, { recursive: true });
  // The state has every address, name and command of the homelab, not only encrypted secrets.
  chmodSync(dir, 0o700);
  // Another run may be replacing files.
  execaSync("chmod", ["-R", "go=", state], { reject: false });
  mkdirSync(join(dir, "ssh"), { recursive: true, mode: 0o700 });
  if (!existsSync(passphraseFile)) {
    if (hasSecrets(project)) {
      throw new Error(
        `Unable to create a passphrase: ${devStackFile} has secrets, which only the one that they were set with ` +
          `can decrypt. Put that one back as ${passphraseFile}, or delete the lines with \`secure:\` and run ` +
          "`pulumi config set --secret` again afterwards.",
      );
    }
    forgetSalt(project);
    writeFileSync(passphraseFile, randomBytes(32).toString("base64url"), { mode: 0o400 });
  }
  if (!existsSync(key)) {
    execaSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "nixmox", "-f", key]);
  }
  hideSalt(project);
  return { project, dir, passphraseFile };
}

/** Whether the committed stack file has values that only one passphrase can decrypt. */
export function hasSecrets(project: string): boolean {
  return /^\s+(- )?secure: /m.test(readFileSync(join(project, devStackFile), "utf8"));
}

/** Removes a checkout's state and keys, and its passphrase unless secrets in the stack file need it. */
export function removeWorkspace({ project, dir, passphraseFile }: Workspace): void {
  if (!hasSecrets(project)) {
    rmSync(dir, { recursive: true });
    return;
  }
  for (const file of readdirSync(dir).map((name) => join(dir, name))) {
    if (file !== passphraseFile) rmSync(file, { recursive: true });
  }
}

/** Removes the salt, which belongs to one passphrase, from the committed stack file. */
export function forgetSalt(project: string): void {
  const file = join(project, devStackFile);
  const text = readFileSync(file, "utf8");
  const without = text.replace(/^encryptionsalt: .*\n?/m, "");
  if (without !== text) writeFileSync(file, without);
  hideSalt(project);
}

/** What Pulumi changes in a stack file when it saves it: it adds a salt and quotes booleans. */
const CLEAN = `sed -e '/^encryptionsalt:/d' -e 's/: "\\(true\\|false\\)"$/: \\1/'`;

/**
 * Makes git ignore what Pulumi changes in the committed stack file. Called whenever the salt was
 * added or removed: git treats a new size as a change unless told to compare the content.
 */
export function hideSalt(project: string): void {
  const git = (...args: string[]) =>
    execaSync("git", args, { cwd: project, stdio: "ignore", reject: false }).exitCode === 0;
  if (!existsSync(join(project, ".git"))) return;
  git("config", "--local", "filter.pulumi-salt.clean", CLEAN);
  if (git("diff", "--quiet", "--", devStackFile)) git("update-index", "--", devStackFile);
}

/** The file that a stack's `nixmox:caFile` names, in full. */
function caFileOf(project: string, stack: string): string | undefined {
  const name = readStackFile(join(project, `Pulumi.${stack}.yaml`))["nixmox:caFile"];
  return typeof name === "string" && name !== "" ? resolve(project, name) : undefined;
}

/** Pulumi's variables for a stack in a workspace; undefined unsets one. */
export function pulumiVariables(
  workspace: Workspace,
  bin: string,
  stack = "dev",
): Record<string, string | undefined> {
  return {
    // The Proxmox VE provider has no setting for it, only its environment.
    [CA_VARIABLE]: caFileOf(workspace.project, stack),
    // It would take precedence over the file and tie the secrets to this one shell.
    PULUMI_CONFIG_PASSPHRASE: undefined,
    PATH: `${bin}:${process.env.PATH}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: workspace.passphraseFile,
    PULUMI_BACKEND_URL: `file://${join(workspace.dir, "state")}`,
    // Before a container is deleted, a hook asks Proxmox whether it is still ours. Hooks are
    // functions of the program, which `pulumi destroy` does not run unless told to.
    PULUMI_RUN_PROGRAM: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
}
