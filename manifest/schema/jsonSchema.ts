import { z } from "zod";
import { manifestInput } from "./manifest";

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
  readonly propertyNames?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly required?: readonly string[];
}

/** The manifest's schema for editors: what may be written, so defaults are optional. */
export function jsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(manifestInput, { io: "input", target: "draft-07" }) as JsonSchema;
  return { ...titled(schema, "NixMox manifest"), description: "One homelab on Proxmox VE." };
}

/** The schema with a title for each key, which editors show: its name, in words. */
function titled(schema: JsonSchema, title: string): JsonSchema {
  const { properties, additionalProperties: others, items, anyOf, oneOf } = schema;
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
    ...(oneOf && { oneOf: oneOf.map((each) => titled(each, title)) }),
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
  url: "URL",
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
