import type { Issue, Path } from "./issues";

const telling = /(^|[_-])(password|passphrase|passwd|secret|token|(private|api|access)[_-]key)$/i;

/** Texts under a key that names a secret. Their values are never repeated in a message. */
export function findLiteralSecrets(value: unknown, path: Path = []): Issue[] {
  if (typeof value !== "object" || value === null || path.length > 64) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    const at = [...path, Array.isArray(value) ? Number(key) : key];
    if (typeof inner === "string" && telling.test(key)) {
      return [{ path: at, message: `a secret stands here as plain text. ${advice(at)}` }];
    }
    return findLiteralSecrets(inner, at);
  });
}

function advice(path: Path): string {
  const service = path[0] === "services" || path[0] === "core_services" ? String(path[1]) : "";
  if (service === "") return "Remove it: secrets are generated.";
  const [first, table, key] = path.slice(2);
  const database = table === "db" ? service : table === "dbs" ? String(key) : undefined;
  const name =
    first === "interface" && database !== undefined
      ? `database-${database}`
      : String(path.at(-1)).replaceAll("_", "-");
  return (
    "Remove it: secrets are generated. To choose one yourself, run " +
    `\`pulumi config set --secret --path 'nixmox:secrets.${service}.${name}'\`.`
  );
}
