import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The scripts that run on hosts; each one's header describes its arguments. */
export type ScriptName =
  | "apply-secret"
  | "build-system"
  | "check-health"
  | "remove-file"
  | "run-sql"
  | "switch-system"
  | "write-secret";

const folder = join(__dirname, "scripts");

/** A word for a POSIX shell, quoted where necessary. */
export function quote(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The file of a script, for commands that run on this machine. */
export function scriptFile(name: "pin-host-key"): string {
  return join(folder, `${name}.sh`);
}

/**
 * A script of `components/scripts` with its arguments, as one text for the shell that a host runs
 * for a command. Secrets are never arguments: they come through stdin.
 */
export function renderScript(name: ScriptName, ...args: readonly (string | number)[]): string {
  const words = ["set", "--", ...args.map((arg) => quote(String(arg)))];
  return `${words.join(" ")}\n${textOf(name)}`;
}

const texts = new Map<ScriptName, string>();

function textOf(name: ScriptName): string {
  const known = texts.get(name);
  if (known !== undefined) return known;
  const text = readFileSync(join(folder, `${name}.sh`), "utf8").replace(/^#!.*\n/, "");
  texts.set(name, text);
  return text;
}
