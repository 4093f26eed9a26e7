import { closest, distance } from "fastest-levenshtein";

/** The known name that is nearest to the given one, as a question to append to a message. */
export function didYouMean(wanted: string, known: readonly string[]): string {
  if (known.length === 0 || wanted.length > 64) return "";
  const near = closest(wanted, known);
  const most = wanted.length < 5 ? 1 : Math.max(2, wanted.length / 3);
  return distance(wanted, near) <= most ? ` Did you mean "${near}"?` : "";
}
