/** A word for a POSIX shell, quoted where it has to be. */
export function quote(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Lines of a shell script that stops at its first failure. */
export function script(...lines: string[]): string {
  return ["set -eu", ...lines].join("\n");
}
