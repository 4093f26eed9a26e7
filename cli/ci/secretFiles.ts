import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The files that a run gets its secrets from, by what is in them; those not given are the checkout's. */
export interface SecretFiles {
  readonly passphrase?: string | undefined;
  readonly token?: string | undefined;
  readonly sshKey?: string | undefined;
}

const prefix = join(tmpdir(), "nixmox-ci-");

/** Whether a path can be the folder of a run; nothing else is removed because a lock says so. */
export function isRunFolder(path: string): boolean {
  return path.startsWith(prefix) && /^[A-Za-z0-9]+$/.test(path.slice(prefix.length));
}

/** A folder below `/tmp` that nobody else can read, with the secrets of one run. */
export class PrivateFolder {
  readonly path = mkdtempSync(prefix);

  /** Removes the folder, also when this process ends before it is asked to. */
  constructor() {
    process.once("exit", () => this.remove());
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  /**
   * Copies the files, since those of a CI are often readable for others, which OpenSSH and NixMox
   * refuse. Returns the variables that name the copies: settings of the program and of Pulumi.
   */
  adopt({ passphrase, token, sshKey }: SecretFiles): Record<string, string> {
    return {
      ...(passphrase && {
        PULUMI_CONFIG_PASSPHRASE_FILE: this.copy("passphrase", passphrase, "--passphrase-file"),
      }),
      ...(token && { NIXMOX_API_TOKEN_FILE: this.copy("api-token", token, "--token-file") }),
      ...(sshKey && { NIXMOX_SSH_KEY_FILE: this.copyKey(sshKey) }),
    };
  }

  private copy(name: string, from: string, option: string): string {
    const text = readText(from, option);
    if (text.trim() === "") throw new Error(`Unable to use ${option}: ${from} is empty.`);
    return this.write(name, text);
  }

  /** A key with its public half, which is in the key if it is not beside it. */
  private copyKey(from: string): string {
    const key = this.write("ssh-key", readText(from, "--ssh-key-file"));
    const publicKey = existsSync(`${from}.pub`)
      ? readText(`${from}.pub`, "--ssh-key-file")
      : publicHalf(key, from);
    this.write("ssh-key.pub", publicKey);
    return key;
  }

  private write(name: string, text: string): string {
    const file = join(this.path, name);
    writeFileSync(file, text, { mode: 0o600, flag: "wx" });
    return file;
  }
}

function readText(file: string, option: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Error(
      `Unable to use ${option}: ${file} can't be read (${(error as NodeJS.ErrnoException).code}). ` +
        "Name a file that this user may read.",
    );
  }
}

function publicHalf(key: string, from: string): string {
  try {
    const args = ["-y", "-P", "", "-f", key];
    return execFileSync("ssh-keygen", args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (error) {
    const said = String((error as { stderr?: string }).stderr ?? "").trim();
    const why = said.replaceAll(key, from).replace(/\s+/g, " ");
    throw new Error(
      `Unable to use --ssh-key-file: ${from} is no private key without a passphrase (${why}). ` +
        "Create one with `ssh-keygen -t ed25519 -N '' -f FILE`.",
    );
  }
}
