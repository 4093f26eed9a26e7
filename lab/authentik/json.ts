import type { Json } from "./model";

/** Text, a number or a boolean of an object as text; empty for anything else. */
export function textOf(value: Json | undefined): string {
  return value === null || value === undefined || typeof value === "object" ? "" : String(value);
}
