import type { Checked, Failure } from "../plugin/contract";
import type { Kind } from "./mapping";
import type { PropertySpec } from "./schema";
import { isUnknown, type Properties } from "../plugin/values";

/** Compares inputs with the schema, and adds what is not given. */
export function check(kind: Kind, logicalName: string, news: Properties): Checked {
  const { row, spec, idProperty } = kind;
  const failures: Failure[] = [];
  const inputs: Record<string, unknown> = {};
  for (const [name, given] of Object.entries(news)) {
    const property = spec.inputProperties[name];
    if (given === undefined || given === null || name === idProperty) continue;
    if (!property) {
      failures.push({ property: name, reason: `this is no property of the ${row.what}` });
      continue;
    }
    const value = coerced(property, given);
    inputs[name] = value;
    const reason = isUnknown(value) ? undefined : fault(kind, name, property, value);
    if (reason) failures.push({ property: name, reason });
  }
  for (const [name, { default: value }] of Object.entries(spec.inputProperties)) {
    if (inputs[name] === undefined && value !== undefined) inputs[name] = value;
  }
  if (row.name && inputs[row.name] === undefined) inputs[row.name] = logicalName;
  for (const name of spec.requiredInputs ?? []) {
    if (inputs[name] === undefined) failures.push({ property: name, reason: "this is required" });
  }
  return { inputs, failures };
}

/** Ids are numbers to some properties and text to others, and Pulumi has all of them as text. */
function coerced({ type, items }: PropertySpec, value: unknown): unknown {
  if (isUnknown(value)) {
    return Array.isArray(value) && items ? value.map((each) => coerced(items, each)) : value;
  }
  if (type === "number" && typeof value === "string" && /^-?\d+$/.test(value)) return Number(value);
  if (type === "string" && typeof value === "number") return String(value);
  if (type === "boolean" && (value === "true" || value === "false")) return value === "true";
  if (Array.isArray(value) && items) return value.map((each) => coerced(items, each));
  return value;
}

function fault(
  { row }: Kind,
  name: string,
  spec: PropertySpec,
  value: unknown,
): string | undefined {
  const instead = row.gone?.[name];
  if (instead) return `Authentik no longer has this. Use ${instead}`;
  const wrong = wrongType(spec, value);
  if (wrong) return wrong;
  const values = row.values?.[name];
  if (values && !values.includes(value as string)) {
    return `this must be one of ${values.join(", ")}`;
  }
  if (row.json?.includes(name) && !isJsonObject(value as string)) {
    return "this must be a JSON object. Use pulumi.jsonStringify()";
  }
  if (row.dates?.includes(name) && Number.isNaN(Date.parse(value as string))) {
    return "this must be a time such as 2030-01-31T12:00:00Z";
  }
  if (name.endsWith("Validity") && !DURATION.test(value as string)) {
    return "this must be a duration such as hours=1;minutes=30";
  }
  return undefined;
}

const UNITS = "microseconds|milliseconds|seconds|minutes|hours|days|weeks";
const DURATION = new RegExp(`^(${UNITS})=[\\d.]+(;(${UNITS})=[\\d.]+)*;?$`, "i");

function wrongType(spec: PropertySpec, value: unknown): string | undefined {
  const { type, items, additionalProperties } = spec;
  if (type === "array") {
    if (!Array.isArray(value)) return "this must be a list";
    const wrong = items && value.map((each) => wrongType(items, each)).find(Boolean);
    return wrong && `in this list, ${wrong.replace("this", "each")}`;
  }
  if (type === "object") {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return "this must be an object";
    }
    const values = Object.values(value);
    const wrong = additionalProperties && values.map((v) => wrongType(additionalProperties, v));
    return wrong?.find(Boolean)?.replace("this", "each value");
  }
  return typeof value === type ? undefined : `this must be a ${type}`;
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
