/** Where two values differ, as the paths of what is no table or is only in one of them. */
export function differencesOf(before: unknown, after: unknown, path: readonly string[] = []) {
  const found: { path: readonly string[]; before: unknown; after: unknown }[] = [];
  compare(before, after, path);
  return found;

  function compare(a: unknown, b: unknown, at: readonly string[]): void {
    if (isTable(a) && isTable(b)) {
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
        compare(a[key], b[key], [...at, key]);
      }
    } else if (JSON.stringify(a) !== JSON.stringify(b)) {
      found.push({ path: at, before: a, after: b });
    }
  }
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A key with its old and new value, where these are short enough to be read. */
export function describeChange(key: string, before: unknown, after: unknown): string {
  const [old, now] = [before, after].map(shown);
  return old === undefined || now === undefined ? key : `${key} (${old} → ${now})`;
}

function shown(value: unknown): string | undefined {
  if (Array.isArray(value)) {
    const all = value.map(shown);
    return all.length > 4 || all.includes(undefined) ? undefined : `[${all.join(", ")}]`;
  }
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  // The engine's marks for what is secret or not known yet say nothing to people.
  if (typeof value !== "string" || /^\[secret\]$|^04da6b54-/.test(value)) return undefined;
  return value.length <= 40 && value !== "" ? value : undefined;
}
