import { z } from "zod";
import { document } from "./manifestSchema";

/** A JSON Schema, as far as the reference page reads it. */
export interface JsonSchema {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly anyOf?: readonly JsonSchema[];
  readonly required?: readonly string[];
}

/** The manifest's schema for editors: what may be written, so defaults are optional. */
export function jsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(document, { io: "input", target: "draft-07" }) as JsonSchema;
  return { ...titled(schema, "NixMox manifest"), description: "One homelab on Proxmox VE." };
}

/** The schema with a title for each key, as editors show it: its name, in words. */
function titled(schema: JsonSchema, title: string): JsonSchema {
  const { properties, additionalProperties: others, items, anyOf } = schema;
  return {
    title,
    ...schema,
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([key, inner]) => [key, titled(inner, words(key))]),
      ),
    }),
    ...(typeof others === "object" && { additionalProperties: titled(others, `One of ${title}`) }),
    ...(items && { items: titled(items, `One of ${title}`) }),
    ...(anyOf && { anyOf: anyOf.map((each) => titled(each, title)) }),
  };
}

const abbreviations: Readonly<Record<string, string>> = {
  cidr: "CIDR",
  db: "database",
  dbs: "databases",
  dn: "DN",
  dns: "DNS",
  gb: "in GB",
  ip: "IP address",
  ldap: "LDAP",
  oidc: "OpenID Connect",
  radius: "RADIUS",
  ssh: "SSH",
  tls: "TLS",
  uris: "URIs",
  vlan: "VLAN",
  vmid: "VM id",
};

function words(key: string): string {
  const text = key
    .replace("$", "")
    .split("_")
    .map((word) => abbreviations[word] ?? word)
    .join(" ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The reference page: every key with its type, default and meaning. */
export function referencePage(): string {
  const schema = jsonSchema();
  const lines = [
    "# The manifest",
    "",
    "<!-- Generated from manifest/manifestSchema.ts by `npm run manifest -- schema`. -->",
    "",
    "Keys that are left out get the default that stands here. Where a description says *derived*,",
    "the value follows from others; `npm run manifest -- show NAME` prints a service in full and",
    "says where each value came from.",
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
      const such = example === undefined ? "" : ` Such as \`${JSON.stringify(example)}\`.`;
      const meaning = `${value.description ?? ""}${such}`.replaceAll("|", "\\|");
      lines.push(`| \`${key}\` | ${typeOf(value)} | ${fallback} | ${meaning} |`);
    }
    for (const [key, value] of rows) {
      const inner = tableOf(value);
      if (inner && Object.keys(inner.at.properties ?? {}).length > 0) {
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

/** The table that a value is or holds, if any. */
function tableOf(value: JsonSchema): { at: JsonSchema; suffix: string } | undefined {
  if (value.properties) return { at: value, suffix: "" };
  if (typeof value.additionalProperties === "object") {
    return { at: value.additionalProperties, suffix: ".NAME" };
  }
  const first = value.anyOf?.[0];
  return first && tableOf(first);
}

function typeOf(value: JsonSchema): string {
  if (value.anyOf) return value.anyOf.map(typeOf).join(" or ");
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
