import { closest, distance } from "fastest-levenshtein";

/** The wanted name's nearest neighbour, as a question to append to a message. */
export function didYouMean(wanted: string, known: readonly string[]): string {
  if (known.length === 0 || wanted.length > 64) return "";
  const near = closest(wanted, known);
  return distance(wanted, near) <= Math.max(2, wanted.length / 3) ? ` Did you mean "${near}"?` : "";
}
