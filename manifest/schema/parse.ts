import { z } from "zod";
import { didYouMean } from "../didYouMean";
import { formatPath, type Issue, isTable, type Path } from "../issue";
import { formatIssue, formats, kindOf, typeNames } from "./formatIssue";
import { type NormalManifest, manifest, shortForms } from "./manifest";

/** A manifest in which whatever was wrong, or is required and missing, is undefined. */
export type Faulty<T> =
  T extends ReadonlyArray<infer Item>
    ? readonly Item[] | undefined
    : T extends object
      ? { readonly [Key in keyof T]?: Faulty<T[Key]> } | undefined
      : T | undefined;

export interface Parsed {
  /** What the schema says about a normalized manifest, with defaults filled in. */
  readonly document: Faulty<NormalManifest>;
  readonly issues: readonly Issue[];
}

/** Reads a normalized manifest key by key, so that one wrong value hides no other. */
export function parse(normal: unknown): Parsed {
  const issues: Issue[] = [];
  const document = parseValue(manifest, normal, [], issues) as Faulty<NormalManifest>;
  return { document, issues };
}

function parseValue(type: z.ZodType, value: unknown, path: Path, issues: Issue[]): unknown {
  if (type instanceof z.ZodOptional) {
    return value === undefined ? undefined : inner(type, value, path, issues);
  }
  if (type instanceof z.ZodDefault) {
    if (value === undefined) return type.parse(undefined);
    return inner(type, value, path, issues);
  }
  if (type instanceof z.ZodPrefault) {
    return inner(type, value === undefined ? type.def.defaultValue : value, path, issues);
  }
  if (value === undefined) {
    issues.push({ code: "missing", path, message: `is missing. Add ${wanted(type)}.` });
    // Anything else reported for the table would be about its defaults.
    return type instanceof z.ZodObject ? parseTable(type, {}, path, []) : undefined;
  }
  if (type instanceof z.ZodDiscriminatedUnion && isTable(value)) {
    return parseVariant(type, value, path, issues);
  }
  if (type instanceof z.ZodUnion) return parseUnion(type, value, path, issues);
  if (type instanceof z.ZodObject && isTable(value)) return parseTable(type, value, path, issues);
  if (type instanceof z.ZodRecord && isTable(value)) return parseRecord(type, value, path, issues);
  if (type instanceof z.ZodArray && Array.isArray(value)) {
    return parseList(type, value, path, issues);
  }
  return parseLeaf(type, value, path, issues);
}

function inner(
  type: z.ZodOptional | z.ZodDefault | z.ZodPrefault,
  value: unknown,
  path: Path,
  issues: Issue[],
): unknown {
  return parseValue(type.unwrap() as z.ZodType, value, path, issues);
}

/** A value is read as the first form of its kind, so that an issue is about what it was meant to be. */
function parseUnion(type: z.ZodUnion, value: unknown, path: Path, issues: Issue[]): unknown {
  const forms = type.options as readonly z.ZodType[];
  const form = forms.find((each) => isOfKind(each, value));
  if (form) return parseValue(form, value, path, issues);
  const message = `must be ${wanted(type)}${kindOf(value)}.`;
  issues.push({ code: "wrong-type", path, message });
  return undefined;
}

function isOfKind(type: z.ZodType, value: unknown): boolean {
  if (type instanceof z.ZodObject || type instanceof z.ZodRecord) return isTable(value);
  if (type instanceof z.ZodArray) return Array.isArray(value);
  if (type instanceof z.ZodLiteral) return typeof value === typeof [...type.values][0];
  if (type instanceof z.ZodEnum) return typeof value === "string";
  return typeof value === type.def.type;
}

function parseTable(
  type: z.ZodObject,
  table: Record<string, unknown>,
  path: Path,
  issues: Issue[],
): Record<string, unknown> {
  const own = (key: string) => (Object.hasOwn(table, key) ? table[key] : undefined);
  const known = [...Object.keys(type.shape), ...(shortForms.get(type) ?? [])];
  for (const key of Object.keys(table).filter((each) => !Object.hasOwn(type.shape, each))) {
    const free = known.filter((each) => own(each) === undefined);
    const hint = didYouMean(key, free) || ` Known keys: ${known.join(", ")}.`;
    issues.push({ code: "unknown-key", path: [...path, key], message: `unknown key.${hint}` });
  }
  return Object.fromEntries(
    Object.entries(type.shape)
      .map(([key, field]) => [
        key,
        parseValue(field as z.ZodType, own(key), [...path, key], issues),
      ])
      .filter(([, value]) => value !== undefined),
  ) as Record<string, unknown>;
}

/** A table of one of several kinds, which one of its keys names. */
function parseVariant(
  { def: { discriminator, options } }: z.ZodDiscriminatedUnion,
  table: Record<string, unknown>,
  path: Path,
  issues: Issue[],
): unknown {
  const variants = options as readonly z.ZodObject[];
  const kindOf = ({ shape }: z.ZodObject) => shape[discriminator] as z.ZodLiteral<string>;
  const variant = variants.find((each) => kindOf(each).value === table[discriminator]);
  if (variant) return parseTable(variant, table, path, issues);
  const known = z.enum(variants.map((each) => kindOf(each).value));
  parseValue(known, table[discriminator], [...path, discriminator], issues);
  return undefined;
}

function parseRecord(
  type: z.ZodRecord,
  table: Record<string, unknown>,
  path: Path,
  issues: Issue[],
): Record<string, unknown> {
  const entries = Object.entries(table).flatMap(([key, value]) => {
    const at = [...path, key];
    const { error } = (type.keyType as z.ZodType).safeParse(key);
    if (error) {
      const message = `the name must be ${error.issues[0]?.message ?? "another one"}.`;
      issues.push({ code: "wrong-name", path: at, message });
      return [];
    }
    return [[key, parseValue(type.valueType as z.ZodType, value, at, issues)] as const];
  });
  return Object.fromEntries(entries);
}

/** A list with a wrong entry counts as a whole, since its entries have no names. */
function parseList(
  type: z.ZodArray,
  list: readonly unknown[],
  path: Path,
  issues: Issue[],
): unknown {
  const found = issues.length;
  list.forEach((value, i) => parseValue(type.element as z.ZodType, value, [...path, i], issues));
  return issues.length > found ? undefined : parseLeaf(type, list, path, issues);
}

function parseLeaf(type: z.ZodType, value: unknown, path: Path, issues: Issue[]): unknown {
  const { data, error } = type.safeParse(value, { reportInput: true });
  const found = (error?.issues ?? []).map((issue) => formatIssue(issue, path));
  // A value that breaks one rule breaks others, too, which would only be noise.
  const [wrongType] = found.filter(({ code }) => code === "wrong-type");
  const isFirst = ({ path: at }: Issue, i: number) =>
    found.findIndex((other) => formatPath(other.path) === formatPath(at)) === i;
  issues.push(...(wrongType ? [wrongType] : found.filter(isFirst)));
  return data;
}

/** What a missing value should be. */
function wanted(type: z.ZodType): string {
  if (type instanceof z.ZodUnion) {
    return [...new Set((type.options as readonly z.ZodType[]).map(wanted))].join(" or ");
  }
  if (type instanceof z.ZodEnum) {
    return type.options.map((each) => JSON.stringify(each)).join(" or ");
  }
  const { format } = type.def as { format?: string };
  return formats[format ?? ""] ?? typeNames[type.def.type] ?? type.def.type;
}
