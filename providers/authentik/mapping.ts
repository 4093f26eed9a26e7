import { isDeepStrictEqual } from "node:util";
import type { Resource } from "./resource";
import type { PropertySpec, ResourceSpec } from "./schema";
import { isUnknown, type Properties } from "../plugin/values";

/** A row of the table with what the schema says of it. */
export interface Kind {
  readonly token: string;
  readonly row: Resource;
  readonly spec: ResourceSpec;
  /** The property that repeats the id, as the published package has it. */
  readonly idProperty: string;
}

export function kindOf(token: string, row: Resource, spec: ResourceSpec): Kind {
  return { token, row, spec, idProperty: `${token.split(/[:/]/)[2]}Id` };
}

/** A property's name in the API, as the official client spells it. */
export const apiName = ({ row }: Kind, name: string): string => row.names?.[name] ?? name;

/** The property that the API calls by a name, such as `redirect_uris`. */
export function propertyOf({ row }: Kind, field: string): string {
  const [first = "", ...rest] = field.split(".");
  const name = camel(first);
  const own = Object.entries(row.names ?? {}).find(([, api]) => api === name)?.[0] ?? name;
  return [own, ...rest].join(".");
}

/** Properties as the official client takes them. One that is undefined is emptied. */
export function bodyOf(kind: Kind, properties: Properties): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(properties)) {
    if (name === kind.idProperty || kind.row.apart?.includes(name)) continue;
    body[apiName(kind, name)] = encode(kind, name, value);
  }
  return body;
}

function encode({ row, spec }: Kind, name: string, value: unknown): unknown {
  if (value === undefined || value === null || value === "") {
    if (row.nullable?.includes(name)) return null;
    return empty(spec.inputProperties[name], row.json?.includes(name) ?? false);
  }
  if (row.json?.includes(name)) return JSON.parse(value as string);
  if (row.dates?.includes(name)) return new Date(value as string);
  return Array.isArray(value) ? value.map((each) => rekeyed(each, camel)) : value;
}

function empty(spec: PropertySpec | undefined, json: boolean): unknown {
  if (spec?.default !== undefined) return json ? JSON.parse(String(spec.default)) : spec.default;
  if (spec?.type === "array") return [];
  return spec?.type === "string" ? "" : null;
}

/** An object of the official client as properties. */
export function propertiesOf(kind: Kind, remote: Properties): Record<string, unknown> {
  const properties: Record<string, unknown> = { [kind.idProperty]: kind.row.id(remote) };
  for (const name of Object.keys(kind.spec.properties)) {
    const value = decode(kind.row, name, remote[apiName(kind, name)]);
    if (value !== undefined && value !== null) properties[name] = value;
  }
  return properties;
}

function decode(row: Resource, name: string, value: unknown): unknown {
  if (value === undefined || value === null) return undefined;
  if (row.json?.includes(name)) return JSON.stringify(value);
  if (value instanceof Date) return value.toISOString();
  return Array.isArray(value) ? value.map((each) => rekeyed(each, snake)) : value;
}

/** Whether two values of a property mean the same to Authentik. */
export function same(kind: Kind, name: string, a: unknown, b: unknown): boolean {
  if (isUnknown(a) || isUnknown(b)) return false;
  const json = kind.row.json?.includes(name) ?? false;
  if (isEmpty(a, json) || isEmpty(b, json)) return isEmpty(a, json) && isEmpty(b, json);
  if (json) return isDeepStrictEqual(parsed(a), parsed(b));
  if (kind.row.dates?.includes(name)) return Date.parse(String(a)) === Date.parse(String(b));
  // Lists are sets to Authentik, and text is trimmed by it.
  if (Array.isArray(a) && Array.isArray(b)) return isDeepStrictEqual(sorted(a), sorted(b));
  if (typeof a === "string" && typeof b === "string") return a.trim() === b.trim();
  return a === b;
}

/** Whether a value says no more than leaving the property out. */
export function isEmpty(value: unknown, json = false): boolean {
  if (value === undefined || value === null || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return json && isDeepStrictEqual(parsed(value), {});
}

function parsed(value: unknown): unknown {
  try {
    return JSON.parse(String(value));
  } catch {
    return value;
  }
}

const sorted = (list: readonly unknown[]): string[] =>
  list.map((each) => JSON.stringify(isObject(each) ? Object.entries(each).sort() : each)).sort();

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const rekeyed = (value: unknown, rename: (key: string) => string): unknown =>
  isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([key, each]) => [rename(key), each]))
    : value;

const camel = (name: string): string =>
  name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

const snake = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
