import { type JsonSchema, jsonSchema } from "./jsonSchema";

/** The reference page: every key with its type, default and meaning. */
export function referencePage(): string {
  const schema = jsonSchema();
  const lines = [
    "# The manifest",
    "",
    "<!-- Generated from manifest/schema/ by `npm run manifest -- schema`. -->",
    "",
    "Keys that are left out get the default shown here. Where a description says *derived*,",
    "the value follows from others; `npm run manifest -- show NAME` prints a service in full and",
    "shows where each value came from.",
  ];
  const section = (title: string, at: JsonSchema) => {
    const rows = Object.entries(at.properties ?? {});
    const required = new Set(at.required ?? []);
    lines.push("", `## ${title}`, "");
    if (at.description) lines.push(at.description, "");
    lines.push("| key | type | default | |", "| --- | --- | --- | --- |");
    for (const [key, value] of rows) {
      const fallback = required.has(key)
        ? "**required**"
        : value.default === undefined
          ? ""
          : `\`${JSON.stringify(value.default)}\``;
      const example = value.examples?.[0];
      const such = example === undefined ? "" : ` Example: \`${JSON.stringify(example)}\`.`;
      const meaning = `${value.description ?? ""}${such}`.replaceAll("|", "\\|");
      lines.push(`| \`${key}\` | ${typeOf(value)} | ${fallback} | ${meaning} |`);
    }
    for (const [key, value] of rows) {
      for (const inner of tablesOf(value)) {
        if (Object.keys(inner.at.properties ?? {}).length === 0) continue;
        section(`${title === "top level" ? "" : `${title}.`}${key}${inner.suffix}`, inner.at);
      }
    }
  };
  section("top level", { ...schema, description: "" });
  return `${dropRepeats(lines.join("\n"))}\n`;
}

/** `services` has the same keys as `core_services`, and `dbs.NAME` the same as `db`. */
function dropRepeats(page: string): string {
  const sections = page.split(/\n(?=## )/);
  const bodies = new Map<string, string>();
  return sections
    .flatMap((section) => {
      const [title = "", ...rest] = section.split("\n");
      const body = rest.join("\n");
      const first = bodies.get(body);
      if (first === undefined) {
        bodies.set(body, title);
        return [section];
      }
      if (title.startsWith("## services.NAME.")) return [];
      return [`${title}\n\nThe same as ${first.replace("## ", "`")}\`.\n`];
    })
    .join("\n");
}

/** The tables that a value is or holds: several if it is one of several kinds. */
function tablesOf(value: JsonSchema): { at: JsonSchema; suffix: string }[] {
  const below = (inner: JsonSchema, suffix: string) =>
    tablesOf(inner).map((each) => ({ ...each, suffix: `${suffix}${each.suffix}` }));
  if (value.properties) return [{ at: value, suffix: "" }];
  if (typeof value.additionalProperties === "object") {
    return below(value.additionalProperties, ".NAME");
  }
  if (value.items) return below(value.items, "[]");
  if (value.oneOf) return value.oneOf.flatMap((each) => below(each, ` (${kindOf(each)})`));
  return value.anyOf?.map(tablesOf).find(hasKeys) ?? [];
}

/** What tells one kind of table from the others: `type = "A"`. */
function kindOf({ properties = {} }: JsonSchema): string {
  const [key = "", { const: value } = {}] =
    Object.entries(properties).find(([, each]) => each.const !== undefined) ?? [];
  return `${key} = ${JSON.stringify(value)}`;
}

/** Whether some of the tables has keys of its own. */
function hasKeys(tables: readonly { at: JsonSchema }[]): boolean {
  return tables.some(({ at }) => Object.keys(at.properties ?? {}).length > 0);
}

function typeOf(value: JsonSchema): string {
  if (value.anyOf) return value.anyOf.map(typeOf).join(" or ");
  if (value.oneOf) return "table";
  if (value.enum) return value.enum.map((each) => `\`${JSON.stringify(each)}\``).join(", ");
  if (value.const !== undefined) return `\`${JSON.stringify(value.const)}\``;
  if (value.type === "array") return `list of ${value.items ? typeOf(value.items) : "values"}`;
  if (value.type === "object") return value.properties ? "table" : "table by name";
  if (value.type === "integer") {
    const { minimum = -Infinity, maximum = Infinity } = value;
    return minimum > -1e9 && maximum < 1e10 ? `${minimum} to ${maximum}` : "whole number";
  }
  return { boolean: "true or false", string: "text" }[value.type ?? ""] ?? "any value";
}
