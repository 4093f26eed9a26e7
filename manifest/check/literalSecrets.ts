import type { Issue, Path } from "../issue";

/** Keys whose values are secrets. */
const secretKey =
  /(^|[_-])(pass(word|phrase|wd)?|pwd|secret|token|credential|(private|api|access|secret)[_-]?key)s?$/i;

/**
 * Texts that hold a secret, whatever their key is called. Every repetition is bounded, so that a text
 * of a megabyte is searched as fast as it is read.
 */
const secretValue = [
  /[a-z]:\/\/[^\s/:@]{1,64}:[^\s/@]{1,256}@/i,
  /-----BEGIN [A-Z ]{0,32}PRIVATE KEY-----/,
  /\b(Bearer|Basic)\s{1,8}[A-Za-z0-9._~+/=-]{6}/,
  /(^|\s)(-u|--user)[ =][^\s:]{1,64}:\S/,
];

/** Secrets in plain text in a normalized manifest. Their values are never repeated in a message. */
export function findLiteralSecrets(value: unknown, path: Path = []): Issue[] {
  if (typeof value !== "object" || value === null || path.length > 64) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    const at = [...path, Array.isArray(value) ? Number(key) : key];
    if (isSecret(at, inner)) {
      const message = `this is a secret in plain text. ${advice(at)}`;
      return [{ code: "plain-secret", path: at, message }];
    }
    return findLiteralSecrets(inner, at);
  });
}

function isSecret(path: Path, value: unknown): boolean {
  if (typeof value === "string" && secretValue.some((pattern) => pattern.test(value))) return true;
  if (typeof value !== "string" && typeof value !== "number") return false;
  // `interface.secrets` says how secrets are generated, by name; a text there is a mistake.
  const [service, table] = [path.slice(2), path[3]];
  if (service[0] === "interface" && table === "secrets") return path.length === 5;
  // An entry of a list, or of Terraform's variables, is judged by the key above it.
  const isEntry = typeof path.at(-1) === "number" || path.includes("variables");
  return path
    .slice(isEntry ? -2 : -1)
    .some(
      (key) => typeof key === "string" && secretKey.test(key.replace(/([a-z])([A-Z])/g, "$1_$2")),
    );
}

function advice(path: Path): string {
  const service = path[0] === "services" || path[0] === "core_services" ? String(path[1]) : "";
  const [table, key] = path.slice(3);
  const database = table === "dbs" ? String(key) : undefined;
  if (service === "" || database === undefined || path[2] !== "interface") {
    return "Remove it: secrets are generated. interface.secrets names those that a service reads.";
  }
  return (
    "Remove it: secrets are generated. To choose one yourself, run " +
    `\`pulumi config set --secret --path 'nixmox:secrets.${service}.database-${database}'\`.`
  );
}
