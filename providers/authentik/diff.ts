import type { Difference } from "../plugin/contract";
import { same, type Kind } from "./mapping";
import type { Properties } from "../plugin/values";

/** How new inputs differ from those that are in place. */
export function diff(kind: Kind, oldInputs: Properties, news: Properties): Difference[] {
  const { row, spec, idProperty } = kind;
  const foreign = row.foreign?.(oldInputs) ?? false;
  const differences: Difference[] = [];
  for (const [property, { replaceOnChanges }] of Object.entries(spec.inputProperties)) {
    const [before, after] = [oldInputs[property], news[property]];
    if (property === idProperty || same(kind, property, before, after)) continue;
    if (after === undefined && row.computed?.includes(property)) continue;
    // Another name means another object of Authentik's, and only `follow` applies to this one.
    const renamed = foreign && property === row.name;
    if (foreign && !renamed && !row.apart?.includes(property)) continue;
    const change = before === undefined ? "add" : after === undefined ? "delete" : "update";
    differences.push({ property, change, replaces: (replaceOnChanges ?? false) || renamed });
  }
  return differences;
}
