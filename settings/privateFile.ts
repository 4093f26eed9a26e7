import { statSync } from "node:fs";
import { quote } from "../components/script";

/**
 * Why a file is no place for a secret, with the command that corrects it: others may read or change
 * it, or it is another user's. Nothing if it is in order, or cannot be looked at.
 */
export function exposureOf(file: string, user = process.getuid?.()): string | undefined {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined || user === undefined) return undefined;
  if (![user, 0].includes(stats.uid)) {
    return `which belongs to another user (${stats.uid}). Run \`chown ${user} ${quote(file)}\`.`;
  }
  const mode = stats.mode & 0o777;
  if ((mode & 0o077) === 0) return undefined;
  const octal = mode.toString(8).padStart(4, "0");
  return `which others may read or change (mode ${octal}). Run \`chmod 600 ${quote(file)}\`.`;
}
