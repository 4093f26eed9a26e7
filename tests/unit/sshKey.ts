import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";

/** Makes a key pair as `ssh-keygen` does, at FILE and FILE.pub. */
export function createKey(file: string, { comment = "nixmox", passphrase = "" } = {}): string {
  rmSync(file, { force: true });
  const words = ["-q", "-t", "ed25519", "-N", passphrase, "-C", comment, "-f", file];
  execFileSync("ssh-keygen", words);
  return file;
}
