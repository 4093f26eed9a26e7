import type { Issue, Path } from "../issue";
import { passwordKinds } from "../schema/people";
import { secretId, setCommand } from "../secretId";
import { secret } from "../schema/secrets";
import { name } from "../schema/values";
import { holdsSecret, secretName } from "./secretShapes";

/** A secret in plain text, which no message may repeat. */
export interface LiteralSecret {
  readonly issue: Issue;
  readonly text: string;
  /** Whether it is the value at its path, as opposed to a name there. */
  readonly isValue: boolean;
}

/** Secrets in plain text in a manifest, among its values and its names. */
export function findLiteralSecrets(value: unknown, path: Path = []): LiteralSecret[] {
  if (typeof value !== "object" || value === null || path.length > 64) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]): LiteralSecret[] => {
    if (holdsSecret(key)) {
      const message = `a name in it is a secret in plain text. ${generated}`;
      const issue: Issue = { code: "plain-secret", path, message };
      return [{ issue, text: key, isValue: false }];
    }
    const at = [...path, Array.isArray(value) ? Number(key) : key];
    if (isSecret(at, inner)) {
      const isByShape = typeof inner === "string" && holdsSecret(inner);
      const excuse = isByShape ? " If it is none, add its path to not_secret." : "";
      const message = `this is a secret in plain text. ${advice(at)}${excuse}`;
      const issue: Issue = { code: "plain-secret", path: at, message };
      return [{ issue, text: String(inner), isValue: true }];
    }
    return findLiteralSecrets(inner, at);
  });
}

/** Whether a place is meant for what describes a secret, so that no message quotes what is there. */
export function isNearSecret(path: Path): boolean {
  const isGenerated = path[2] === "interface" && path[3] === "secrets";
  return isGenerated || path.includes("ssh_keys") || path.includes("terraform");
}

function isSecret(path: Path, value: unknown): boolean {
  if (typeof value === "string" && holdsSecret(value)) return true;
  if (typeof value !== "string" && typeof value !== "number") return false;
  // A list of paths.
  if (path[0] === "not_secret") return false;
  if (isFirstPassword(path)) return !passwordKinds.some((kind) => kind === value);
  // `interface.secrets` says how secrets are generated, by name; anything else there is a mistake.
  if (path[2] === "interface" && path[3] === "secrets") {
    return path.length < 6 || !Object.hasOwn(secret.shape, path[5]!);
  }
  // An entry of a list, or of Terraform's variables, is judged by the key above it.
  const isEntry = typeof path.at(-1) === "number" || path.includes("variables");
  return path.slice(isEntry ? -2 : -1).some((key) => typeof key === "string" && isSecretKey(key));
}

/** A user's `password` says how the user gets in, not what the password is. */
function isFirstPassword(path: Path): boolean {
  return path[0] === "users" && path[2] === "password" && path.length === 3;
}

function isSecretKey(key: string): boolean {
  return secretName.test(key) || /credentials?$/i.test(key);
}

const generated =
  "Remove it: secrets are generated. interface.secrets names those that a service reads.";

function advice(path: Path): string {
  if (isFirstPassword(path)) return `Write "${passwordKinds.join('" or "')}".`;
  const [service, table, key] = [String(path[1]), path[3], String(path[4])];
  const isOfService = path[0] === "services" || path[0] === "core_services";
  const isNamed = [service, key].every((each) => name.safeParse(each).success);
  if (!isOfService || !isNamed || path[2] !== "interface") return generated;
  if (table !== "dbs" && table !== "secrets") return generated;
  const [what, chosen] =
    table === "dbs"
      ? ["Remove it: secrets are generated.", `database-${key}`]
      : [`Write ${key} = {}: secrets are generated.`, key];
  return `${what} To choose one yourself, run \`${setCommand(secretId(service, chosen))}\`.`;
}
