import { createHash } from "node:crypto";

/** Identifies a build by everything that its result depends on. */
export function identify(...recipe: unknown[]): string {
  return createHash("sha256").update(JSON.stringify(recipe)).digest("hex").slice(0, 16);
}
