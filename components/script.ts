import { readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** The scripts that run on hosts; each one's header describes its arguments. */
export type ScriptName =
  | "activate-system"
  | "apply-secret"
  | "authentik-defaults"
  | "authentik-invite"
  | "authentik-outpost-token"
  | "await-boot"
  | "build-system"
  | "check-health"
  | "check-mount-point"
  | "keycloak-admin-role"
  | "keycloak-invite"
  | "remove-file"
  | "run-sql"
  | "switch-system"
  | "verify-client"
  | "write-secret";

const folder = join(__dirname, "scripts");

/** A word for a POSIX shell, quoted where necessary. */
export function quote(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A script of `components/scripts` with its arguments, as a command for this machine's shell. */
export function localScript(
  name: "certify" | "pin-host-key",
  ...args: readonly (string | number)[]
): string {
  const words = [fromHere(join(folder, `${name}.sh`)), ...args.map(String)];
  return `bash ${words.map(quote).join(" ")}`;
}

/** A path below this folder in a form that is the same for every checkout, so that moving one changes nothing. */
export function fromHere(path: string): string {
  const near = path.startsWith("/") ? relative(process.cwd(), path) : path;
  return near.startsWith("..") ? path : near;
}

/**
 * A script of `components/scripts` with its arguments, as one text for the shell that a host runs
 * for a command. Secrets are never arguments: they come through stdin.
 */
export function renderScript(name: ScriptName, ...args: readonly (string | number)[]): string {
  const words = ["set", "--", ...args.map((arg) => quote(String(arg)))];
  return `${words.join(" ")}\n${textOf(name)}`;
}

/** What several scripts have before their own text. */
const shared: Partial<Record<ScriptName, "authentik-api" | "keycloak-api">> = {
  "authentik-defaults": "authentik-api",
  "authentik-invite": "authentik-api",
  "authentik-outpost-token": "authentik-api",
  "keycloak-admin-role": "keycloak-api",
  "keycloak-invite": "keycloak-api",
};

const texts = new Map<ScriptName, string>();

/** The text of a script, for a shell that reads it. */
export function textOf(name: ScriptName): string {
  const known = texts.get(name);
  if (known !== undefined) return known;
  const parts = [shared[name] ?? [], name].flat();
  const text = parts
    .map((part) => readFileSync(join(folder, `${part}.sh`), "utf8").replace(/^#!.*\n/, ""))
    .join("");
  texts.set(name, text);
  return text;
}
