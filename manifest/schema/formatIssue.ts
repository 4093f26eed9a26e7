import type { z } from "zod";
import { isNearSecret } from "../check/literalSecrets";
import { didYouMean } from "../didYouMean";
import { type Issue, type Path, shorten } from "../issue";

/** Formats of texts, with an example. */
export const formats: Readonly<Record<string, string>> = {
  ipv4: 'an IPv4 address such as "192.168.99.10"',
  cidrv4: 'an IPv4 network such as "192.168.99.0/24"',
  url: 'a URL such as "https://git.nixmox.lan/callback"',
};

/** Zod's types, in the manifest's terms. */
export const typeNames: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a number",
  string: "text in quotes",
  boolean: "true or false",
  array: "a list",
  object: "a table",
  record: "a table",
};

/** An issue that Zod found in one value, in the manifest's terms. */
export function formatIssue(issue: z.core.$ZodIssue, base: Path): Issue {
  const path = [...base, ...(issue.path as Path)];
  switch (issue.code) {
    case "invalid_format": {
      const format = formats[issue.format] ?? issue.message;
      return { code: "wrong-format", path, message: `must be ${format}${got(issue.input, path)}.` };
    }
    case "invalid_type": {
      const type = typeNames[issue.expected] ?? issue.expected;
      // What is of another type may be a secret that someone wrote where its name belongs.
      return { code: "wrong-type", path, message: `must be ${type}${kindOf(issue.input)}.` };
    }
    case "invalid_value": {
      const values = issue.values.map((value) => JSON.stringify(value)).join(" or ");
      const hint =
        typeof issue.input === "string" ? didYouMean(issue.input, issue.values.map(String)) : "";
      const custom = issue.message.startsWith("Invalid") ? "" : ` (${issue.message})`;
      const message = `must be ${values}${custom}${got(issue.input, path)}.${hint}`;
      return { code: "not-allowed", path, message };
    }
    case "too_small":
      return outOfRange(issue, "at least", Number(issue.minimum), path);
    case "too_big":
      return outOfRange(issue, "at most", Number(issue.maximum), path);
    default:
      return {
        code: "wrong-format",
        path,
        message: `must be ${issue.message}${got(issue.input, path)}.`,
      };
  }
}

function outOfRange(
  { origin, input }: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig,
  bound: string,
  limit: number,
  path: Path,
): Issue {
  const units: Readonly<Record<string, [one: string, many: string]>> = {
    string: [" character", " characters"],
    array: [" entry", " entries"],
  };
  const unit = units[origin]?.[limit === 1 ? 0 : 1];
  const message = `must be ${bound} ${limit}${unit ?? got(input, path)}.`;
  return { code: "out-of-range", path, message };
}

/** A value as a message may show it. */
function got(input: unknown, path: Path): string {
  if (typeof input === "object" || input === undefined) return kindOf(input);
  if (isNearSecret(path)) return "";
  const text = typeof input === "string" ? JSON.stringify(input) : `${input as number | boolean}`;
  return `, not ${shorten(text)}`;
}

/** What a value is instead, as the end of a sentence. */
export function kindOf(input: unknown): string {
  if (input === undefined) return "";
  if (input === null) return ", not null";
  if (input instanceof Date) return ", not a date";
  if (Array.isArray(input)) return ", not a list";
  const kinds: Readonly<Record<string, string>> = {
    string: "text",
    number: "a number",
    bigint: "a number",
    boolean: "true or false",
  };
  return `, not ${kinds[typeof input] ?? "a table"}`;
}
