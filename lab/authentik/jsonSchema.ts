import type { Schema } from "./schemaFile";

/**
 * OpenAPI 3.0's kind of schema as JSON Schema, with what Authentik's file leaves unsaid:
 * - an object has no other properties than those named;
 * - text that may be empty may be so although it has a format (an e-mail address, for one);
 * - an object that is only shown (`provider_obj`) is null where there is none.
 */
export function toJsonSchema(schema: Schema): Schema {
  const { nullable, readOnly, ...rest } = schema;
  const result = convert(rest);
  const absent = readOnly === true && Array.isArray(rest.allOf);
  if (!nullable && !absent) return result;
  return { anyOf: [{ type: "null" }, result] };
}

function convert(schema: Schema): Schema {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (ANNOTATIONS.has(key)) continue;
    if (key === "properties") result[key] = mapValues(value as Record<string, Schema>);
    else if (LISTS.has(key)) result[key] = (value as Schema[]).map(toJsonSchema);
    else if (key === "items" || key === "additionalProperties") {
      result[key] = typeof value === "object" ? toJsonSchema(value as Schema) : value;
    } else result[key] = value;
  }
  if (schema.properties && schema.additionalProperties === undefined) {
    result.additionalProperties = false;
  }
  const mayBeEmpty = schema.format === "email" || schema.format === "uri";
  return mayBeEmpty && !schema.minLength ? { anyOf: [{ const: "" }, result] } : result;
}

const LISTS = new Set(["allOf", "anyOf", "oneOf"]);
const ANNOTATIONS = new Set(["description", "title", "default", "discriminator", "writeOnly"]);

const mapValues = (schemas: Record<string, Schema>): Record<string, Schema> =>
  Object.fromEntries(Object.entries(schemas).map(([name, each]) => [name, toJsonSchema(each)]));
