import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const stackFile = "Pulumi.dev.yaml";

/** What one checkout keeps for itself, out of git: state, keys and the lab. */
export interface Workspace {
  /** The project's folder. */
  readonly project: string;
  /** Where the lab keeps its containers. */
  readonly lab: string;
  /** File with the passphrase that encrypts the stack's secrets. */
  readonly passphraseFile: string;
}

/** Makes what is missing of a checkout's own folder: passphrase, SSH key, place for the state. */
export function prepareWorkspace(project: string): Workspace {
  const own = join(project, ".nixmox");
  const key = join(own, "ssh", "id_ed25519");
  const passphraseFile = join(own, "passphrase");
  mkdirSync(join(own, "state"), { recursive: true });
  mkdirSync(join(own, "ssh"), { recursive: true, mode: 0o700 });
  if (!existsSync(passphraseFile)) {
    forgetSalt(project);
    writeFileSync(passphraseFile, randomBytes(32).toString("base64url"), { mode: 0o400 });
  }
  if (!existsSync(key)) {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "nixmox", "-f", key]);
  }
  hideSalt(project);
  return { project, lab: join(own, "lab"), passphraseFile };
}

/** Takes the salt, which belongs to one passphrase, out of the stack's configuration. */
export function forgetSalt(project: string): void {
  const file = join(project, stackFile);
  const text = readFileSync(file, "utf8");
  const without = text.replace(/^encryptionsalt: .*\n?/m, "");
  if (without !== text) writeFileSync(file, without);
  hideSalt(project);
}

/**
 * Lets git overlook the salt that Pulumi writes to a file which is otherwise everybody's. Called
 * whenever the salt came or went: git takes another size for a change unless it is told to look.
 */
export function hideSalt(project: string): void {
  const git = (...args: string[]) =>
    spawnSync("git", args, { cwd: project, stdio: "ignore" }).status === 0;
  if (!existsSync(join(project, ".git"))) return;
  git("config", "--local", "filter.pulumi-salt.clean", "sed '/^encryptionsalt:/d'");
  if (git("diff", "--quiet", "--", stackFile)) git("update-index", "--", stackFile);
}

/** What Pulumi needs to know beyond this process's own environment; undefined takes a variable out. */
export function pulumiVariables(
  workspace: Workspace,
  bin: string,
): Record<string, string | undefined> {
  return {
    // It would win over the file, and then only whoever set it could read the secrets.
    PULUMI_CONFIG_PASSPHRASE: undefined,
    PATH: `${bin}:${process.env.PATH}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: workspace.passphraseFile,
    PULUMI_BACKEND_URL: `file://${join(workspace.project, ".nixmox", "state")}`,
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
}
