import { z } from "zod";
import { check, didYouMean } from "./check";
import { findCycle } from "./graph";
import { formatPath, type Issue, ManifestError, type Path, shorten } from "./issues";
export { ManifestError } from "./issues";
import { readdress } from "./readdress";
import {
  type Manifest,
  entriesOf,
  isDatabaseRoute,
  namedRoutes,
  resolve,
  resolveRoute,
} from "./resolve";
import { type Document, document as schema, inertKeys } from "./schema";
import { findLiteralSecrets } from "./secrets";
import { readSource, type Source } from "./source";

export interface LoadOptions {
  /** Moves all addresses of the manifest into another network of the same size or larger. */
  readonly networkCidr?: string;
}

export interface Loaded {
  readonly manifest: Manifest;
  /** What the reader should know although the manifest is valid; one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Reads, checks and completes a manifest.
 *
 * @throws {@link ManifestError} with every error at once: file, line, column, path, what is wrong
 * and what would be right.
 */
export function loadManifest(file: string, options: LoadOptions = {}): Loaded {
  const source = readSource(file);
  const document = validate(source);
  const moved = options.networkCidr ? readdress(document, options.networkCidr) : document;
  return { manifest: resolve(moved), warnings: warningsOf(moved) };
}

function validate(source: Source): Document {
  const secrets = findLiteralSecrets(source.data);
  const parsed = schema.safeParse(source.data, { reportInput: true });
  const fromSchema = parsed.success ? [] : parsed.error.issues.flatMap((i) => flatten(i));
  const known = new Set(secrets.map(({ path }) => formatPath(path)));
  const issues = [...secrets, ...fromSchema.filter(({ path }) => !known.has(formatPath(path)))];
  if (parsed.success) {
    issues.push(...check(parsed.data));
    if (issues.length === 0) issues.push(...checkCycle(parsed.data));
    if (issues.length === 0) return parsed.data;
  }
  throw new ManifestError(source.file, render(source, issues));
}

/** A cycle as one issue at the first entry that takes part in it. */
function checkCycle(document: Document): Issue[] {
  const cycle = findCycle(resolve(document));
  if (!cycle) return [];
  const names = cycle.map((id) => id.split(".")[0]!);
  const chain = names.filter((name, i) => i === 0 || name !== names[i - 1]);
  const { name, core, entry } = entriesOf(document).find((each) => chain.includes(each.name))!;
  const next = chain[chain.indexOf(name) + 1] ?? chain[1]!;
  const index = entry.depends_on.indexOf(next);
  return [
    {
      path: [
        core ? "core_services" : "services",
        name,
        ...(index < 0 ? ["interface"] : ["depends_on", index]),
      ],
      message:
        `services wait for each other: ${chain.join(" -> ")} (steps ${cycle.join(" -> ")}). ` +
        "Remove one of these dependencies.",
    },
  ];
}

/** One line an issue, in the order of the file. */
function render(source: Source, issues: readonly Issue[]): string[] {
  const placed = issues.map((issue) => ({ issue, position: source.locate(issue.path) }));
  placed.sort((a, b) => (a.position?.line ?? 0) - (b.position?.line ?? 0));
  return placed.map(({ issue: { path, message }, position }) => {
    const place = position ? `${source.file}:${position.line}:${position.column}` : source.file;
    return [place, ...(path.length > 0 ? [formatPath(path)] : []), message].join(": ");
  });
}

/** Zod's issues in the manifest's words. */
function flatten(issue: z.core.$ZodIssue, base: Path = []): Issue[] {
  const path = [...base, ...(issue.path as Path)];
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => {
        const known = knownKeys(path);
        const hint = didYouMean(key, known) || ` Known here: ${known.join(", ")}.`;
        return { path: [...path, key], message: `unknown key.${hint}` };
      });
    case "invalid_union":
      return nearestBranch(issue.errors).flatMap((inner) => flatten(inner, path));
    case "invalid_key":
      return [{ path, message: `the name must be ${issue.issues[0]?.message ?? "another one"}.` }];
    case "invalid_format":
      return [{ path, message: `must be ${describeFormat(issue)}${got(issue.input)}.` }];
    case "invalid_type":
      if (issue.input === undefined)
        return [{ path, message: `is missing. Add it${typed(issue)}.` }];
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
      const units: Record<string, string> = { string: " characters", array: " entries" };
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

function describeFormat(issue: z.core.$ZodIssueInvalidStringFormat): string {
  const names: Record<string, string> = {
    ipv4: 'an IPv4 address such as "192.168.99.10"',
    cidrv4: 'an IPv4 network such as "192.168.99.0/24"',
    url: 'a URL such as "https://git.nixmox.lan/callback"',
  };
  return names[issue.format] ?? issue.message;
}

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

function typed(issue: z.core.$ZodIssueInvalidType): string {
  return `: ${article(issue.expected)}`;
}

function got(input: unknown): string {
  if (input === undefined) return "";
  if (typeof input === "object") return `, not ${Array.isArray(input) ? "a list" : "a table"}`;
  return `, not ${shorten(typeof input === "string" ? JSON.stringify(input) : String(input))}`;
}

/** The keys that the schema knows at a path. */
function knownKeys(path: Path): string[] {
  let at: z.core.$ZodType | undefined = schema;
  for (const key of path) at = at && child(unwrap(at), key);
  const found = at && unwrap(at);
  return found instanceof z.ZodObject ? Object.keys(found.shape) : [];
}

function child(type: z.core.$ZodType, key: string | number): z.core.$ZodType | undefined {
  if (type instanceof z.ZodObject) return type.shape[key] as z.core.$ZodType | undefined;
  if (type instanceof z.ZodRecord) return type.valueType as z.core.$ZodType;
  if (type instanceof z.ZodArray) return type.element as z.core.$ZodType;
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
    return unwrap(type.unwrap() as z.core.$ZodType);
  }
  if (type instanceof z.ZodUnion) return unwrap((type.options as z.core.$ZodType[])[0]!);
  return type;
}

/** What is accepted and has no effect, in one sentence, and routes that are not made. */
function warningsOf(document: Document): string[] {
  const inert = inertKeys.flatMap(([pattern, why]) =>
    matches(document, pattern.split(".")).map((path) => `${formatPath(path)} (${why})`),
  );
  const noRoutes = entriesOf(document)
    .filter(({ entry }) => entry.enable)
    .flatMap(({ name, core, entry }) =>
      namedRoutes(entry)
        .map(([key, route]) => resolveRoute(document, name, entry, key, route))
        .filter((route) => isDatabaseRoute(name, entry, route))
        .map(
          (route) =>
            `${core ? "core_services" : "services"}.${name}.interface.proxy leads to ` +
            `${route.upstream}, the database's own port, which speaks no HTTP: no route is made.`,
        ),
    );
  return inert.length > 0 ? [`Without effect: ${inert.join(", ")}.`, ...noRoutes] : noRoutes;
}

function matches(value: unknown, [key, ...rest]: string[], base: Path = []): Path[] {
  if (value === undefined) return [];
  if (key === undefined) return [base];
  if (typeof value !== "object" || value === null) return [];
  const keys = key === "*" ? Object.keys(value) : [key];
  return keys.flatMap((k) => matches((value as Record<string, unknown>)[k], rest, [...base, k]));
}
