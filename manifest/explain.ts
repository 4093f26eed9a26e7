import { z } from "zod";
import { didYouMean } from "./didYouMean";
import { type Issue, type Path, shorten } from "./issues";
import { document as schema } from "./manifestSchema";

/** Zod's issues in the manifest's words. */
export function explain(issue: z.core.$ZodIssue, base: Path = []): Issue[] {
  const path = [...base, ...(issue.path as Path)];
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => {
        const known = knownKeys(path);
        const hint = didYouMean(key, known) || ` Known here: ${known.join(", ")}.`;
        return { path: [...path, key], message: `unknown key.${hint}` };
      });
    case "invalid_union":
      return nearestBranch(issue.errors).flatMap((inner) => explain(inner, path));
    case "invalid_key":
      return [{ path, message: `the name must be ${issue.issues[0]?.message ?? "another one"}.` }];
    case "invalid_format":
      return [
        { path, message: `must be ${formats[issue.format] ?? issue.message}${got(issue.input)}.` },
      ];
    case "invalid_type":
      if (issue.input === undefined)
        return [{ path, message: `is missing. Add ${wanted(issue, path)}.` }];
      return [{ path, message: `must be ${article(issue.expected)}${got(issue.input)}.` }];
    case "invalid_value": {
      const values = issue.values.map((value) => JSON.stringify(value));
      const hint =
        typeof issue.input === "string" ? didYouMean(issue.input, issue.values.map(String)) : "";
      const custom = issue.message.startsWith("Invalid") ? "" : ` (${issue.message})`;
      return [
        { path, message: `must be ${values.join(" or ")}${custom}${got(issue.input)}.${hint}` },
      ];
    }
    case "too_small":
    case "too_big": {
      const bound =
        issue.code === "too_small" ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
      const one = (issue.code === "too_small" ? issue.minimum : issue.maximum) === 1;
      const units: Record<string, string> = {
        string: one ? " character" : " characters",
        array: one ? " entry" : " entries",
      };
      const unit = units[issue.origin] ?? "";
      return [{ path, message: `must be ${bound}${unit}${unit ? "" : got(issue.input)}.` }];
    }
    default:
      return [{ path, message: `must be ${issue.message}${got(issue.input)}.` }];
  }
}

/** Of the ways in which a value may be written, the one that it comes nearest to. */
function nearestBranch(branches: z.core.$ZodIssue[][]): z.core.$ZodIssue[] {
  const count = (issues: z.core.$ZodIssue[]) =>
    issues.reduce(
      (n, issue) => n + (issue.code === "unrecognized_keys" ? issue.keys.length : 1),
      0,
    );
  const depth = (issues: z.core.$ZodIssue[]) => Math.max(...issues.map((i) => i.path.length));
  const ranked = [...branches].sort((a, b) => count(a) - count(b) || depth(b) - depth(a));
  return ranked[0] ?? [];
}

const formats: Readonly<Record<string, string>> = {
  ipv4: 'an IPv4 address such as "192.168.99.10"',
  cidrv4: 'an IPv4 network such as "192.168.99.0/24"',
  url: 'a URL such as "https://git.nixmox.lan/callback"',
};

function article(type: string): string {
  const names: Record<string, string> = {
    int: "a whole number",
    number: "a number",
    string: "text in quotes",
    boolean: "true or false",
    array: "a list",
    object: "a table",
    record: "a table",
  };
  return names[type] ?? type;
}

/** What a missing value would be. */
function wanted(issue: z.core.$ZodIssueInvalidType, path: Path): string {
  const type = typeAt(path);
  const { format } = (type?._zod.def ?? {}) as { format?: string };
  return formats[format ?? ""] ?? article(issue.expected);
}

function got(input: unknown): string {
  if (input === undefined) return "";
  if (input === null) return ", not null";
  if (input instanceof Date) return ", not a date";
  if (typeof input === "object") return `, not ${Array.isArray(input) ? "a list" : "a table"}`;
  const text = typeof input === "string" ? JSON.stringify(input) : `${input as number | boolean}`;
  return `, not ${shorten(text)}`;
}

/** The keys that the schema knows at a path. */
function knownKeys(path: Path): string[] {
  const found = typeAt(path);
  const options = found instanceof z.ZodUnion ? (found.options as z.core.$ZodType[]) : [found];
  const object = options.find((option) => option instanceof z.ZodObject);
  return object ? Object.keys(object.shape) : [];
}

function typeAt(path: Path): z.core.$ZodType | undefined {
  let at: z.core.$ZodType | undefined = schema;
  for (const key of path) at = at && child(unwrap(at), key);
  return at && unwrap(at);
}

function child(type: z.core.$ZodType, key: string | number): z.core.$ZodType | undefined {
  if (type instanceof z.ZodObject) return type.shape[key] as z.core.$ZodType | undefined;
  if (type instanceof z.ZodRecord) return type.valueType;
  if (type instanceof z.ZodArray) return type.element;
  if (type instanceof z.ZodUnion) {
    const options = type.options as z.core.$ZodType[];
    return options.map((option) => child(unwrap(option), key)).find((found) => found !== undefined);
  }
  return undefined;
}

function unwrap(type: z.core.$ZodType): z.core.$ZodType {
  if (
    type instanceof z.ZodOptional ||
    type instanceof z.ZodDefault ||
    type instanceof z.ZodPrefault
  ) {
    return unwrap(type.unwrap());
  }
  return type;
}
