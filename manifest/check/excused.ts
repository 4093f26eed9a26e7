import { formatPath, type Issue, isTable, type Path, valueAt } from "../issue";
import type { LiteralSecret } from "./literalSecrets";

/** The key that lists what looks like a secret and is none. */
const key = "not_secret";

/** What is left of the secrets in a manifest, and what is wrong with what it excuses. */
export interface Excused {
  readonly secrets: readonly LiteralSecret[];
  readonly issues: readonly Issue[];
}

/**
 * Takes out what the manifest says is no secret. Each entry of `not_secret` excuses one value, by its path
 * as it is written, and no name.
 *
 * @param data the manifest as it is written
 * @param written a secret's path as it is written
 */
export function excuse(
  data: unknown,
  secrets: readonly LiteralSecret[],
  written: (path: Path) => Path,
): Excused {
  const listed: unknown = isTable(data) ? data[key] : undefined;
  const entries = Array.isArray(listed) ? (listed as unknown[]) : [];
  const placeOf = ({ issue }: LiteralSecret) => formatPath(written(issue.path));
  const found = new Set(secrets.filter((each) => each.isValue).map(placeOf));
  const issues = entries.flatMap((entry, i): Issue[] => {
    if (typeof entry !== "string") return [];
    const path = [key, i];
    if (entries.indexOf(entry) < i) {
      return [{ code: "written-twice", path, message: "it is listed twice. Remove one." }];
    }
    if (found.has(entry)) return [];
    const why = isThere(data, entry)
      ? "that value does not look like a secret"
      : "nothing is there";
    return [{ code: "no-effect", path, message: `it excuses nothing: ${why}. Remove it.` }];
  });
  const isExcused = (secret: LiteralSecret) => secret.isValue && entries.includes(placeOf(secret));
  return { secrets: secrets.filter((each) => !isExcused(each)), issues };
}

/** Whether a path, as messages show it, leads to something. */
function isThere(data: unknown, path: string): boolean {
  const parts = [...path.matchAll(/\[(\d+)\]|("(?:[^"\\]|\\.)*"|[^.[\]"]+)/g)];
  const keys = parts.map(([, index, name = ""]) => {
    if (index !== undefined) return Number(index);
    return name.startsWith('"') ? (JSON.parse(name) as string) : name;
  });
  return valueAt(data, keys) !== undefined;
}
