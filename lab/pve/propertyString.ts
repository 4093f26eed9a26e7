import type { Parameters } from "./schema/types";

/** The key that a value without one belongs to. */
const DEFAULT_KEYS = ["volume", "path"];

/** A property string that can't be read; the message is Proxmox's. */
export class PropertyStringError extends Error {}

/** Sizes are kept in bytes and printed with the largest unit that fits. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(?:([KMGT])(?:iB)?)?$/.exec(text);
  if (!match) return undefined;
  const power = match[2] ? "KMGT".indexOf(match[2]) + 1 : 0;
  return Math.trunc(Number(match[1]) * 1024 ** power);
}

/** The opposite of {@link parseSize}. */
export function formatSize(bytes: number): string {
  let size = Math.trunc(bytes);
  let unit = 0;
  while (unit < 4 && size % 1024 === 0 && size > 0) {
    size /= 1024;
    unit += 1;
  }
  return `${size}${["", "K", "M", "G", "T"][unit]}`;
}

function parseBoolean(value: string): string {
  if (/^(1|on|yes|true)$/i.test(value)) return "1";
  if (/^(0|off|no|false)$/i.test(value)) return "0";
  return value;
}

/** Splits `key=value,key=value`; the values are not checked. */
export function splitPropertyString(text: string, properties: Parameters): Record<string, string> {
  const result: Record<string, string> = {};
  const defaultKey = DEFAULT_KEYS.find((key) => key in properties);
  for (const part of text.split(",")) {
    if (part.trim() === "") continue;
    const match = /^([^=]+)=(.+)$/s.exec(part);
    if (!match && part.includes("=")) {
      throw new PropertyStringError("missing key in comma-separated list property\n");
    }
    const key = match?.[1] ?? defaultKey;
    if (key === undefined) {
      throw new PropertyStringError(
        "value without key, but schema does not define a default key\n",
      );
    }
    if (key in result) {
      throw new PropertyStringError(`duplicate key in comma-separated list property: ${key}\n`);
    }
    const property = properties[key];
    if (!property) {
      throw new PropertyStringError(`invalid key in comma-separated list property: ${key}\n`);
    }
    const value = match?.[2] ?? part;
    result[key] = property.type === "boolean" ? parseBoolean(value) : value;
  }
  return result;
}

/** Prints in Proxmox's order: the default key, what is required, the rest by name. */
export function printPropertyString(
  values: Readonly<Record<string, string>>,
  properties: Parameters,
): string {
  const keys = Object.keys(values).sort();
  const defaultKey = DEFAULT_KEYS.find((key) => key in properties && key in values);
  const rank = (key: string) => (key === defaultKey ? 0 : properties[key]?.optional ? 2 : 1);
  return [0, 1, 2]
    .flatMap((wanted) => keys.filter((key) => rank(key) === wanted))
    .map((key) => (key === defaultKey ? values[key]! : `${key}=${values[key]}`))
    .join(",");
}
