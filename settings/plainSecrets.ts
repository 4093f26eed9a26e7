import { readStackFile } from "./stackFile";

/** What tells secrets in the stack's configuration from plain text. */
export interface SecretConfig {
  /** Whether a key, or a part of it, is encrypted. The engine tells the program no more. */
  readonly isSecret: (key: string) => boolean;
  /** The stack's file, which tells the parts of a key apart; it may not exist. */
  readonly file: string;
}

const secretKeys = ["nixmox:apiToken", "nixmox:secrets"];

/** Faults for secrets that the configuration has in plain text, each with the command that encrypts it. */
export function findPlainConfig(
  config: Readonly<Record<string, string>>,
  { isSecret, file }: SecretConfig,
): string[] {
  const written = readStackFile(file);
  const paths = secretKeys.flatMap((key) => {
    const value = config[key];
    if (value === undefined) return [];
    const short = key.slice("nixmox:".length);
    const found = plainLeaves(written[key] ?? written[short], [key]);
    // Without the file, as with `--config`, the key is secret as a whole or not at all.
    return found.length > 0 || isSecret(key) ? found : plainLeaves(parsed(value), [key]);
  });
  return paths.map((path) => {
    const isPlainName = path.every((part) => /^[\w:-]+$/.test(part));
    const name = isPlainName ? path.join(".") : `${path[0]}.SERVICE.NAME`;
    const command = path.length > 1 ? `--path '${name}'` : name;
    return (
      `${name} is in plain text. Run \`pulumi config set --secret ${command}\`, ` +
      "with a new value: this one has been in a file that others may have read."
    );
  });
}

/** A value that may be JSON, as Pulumi hands on what is not text. */
function parsed(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** The paths of values that are not encrypted, in a value as the stack's file has it. */
function plainLeaves(value: unknown, path: string[]): string[][] {
  if (value === undefined || value === null) return [];
  if (typeof value !== "object") return [path];
  const entries = Object.entries(value);
  const isEncrypted = entries.length === 1 && entries[0]![0] === "secure";
  if (isEncrypted) return [];
  return entries.flatMap(([key, inner]) => plainLeaves(inner, [...path, key]));
}
