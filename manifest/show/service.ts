import { type Loaded } from "../load";
import { formatPath, isTable, type Path } from "../issue";
import type { Origin } from "../resolve/spec";

/** One value of a service, and where it came from. */
export interface Value {
  readonly path: string;
  readonly value: string;
  readonly origin: Origin;
  /** Where it is written, if that is not `path`. */
  readonly written?: string;
}

/** Every value of one service and where it came from, by path; undefined if it is not enabled. */
export function valuesOf({ manifest, origin }: Loaded, name: string): Value[] | undefined {
  const service = manifest.services.find((each) => each.name === name);
  if (!service) return undefined;
  const { name: _, core, ...values } = service;
  const base = [core ? "core_services" : "services", name];
  return leaves(values).map(([path, value]) => {
    const { origin: from, path: place } = origin([...base, ...path]);
    const short = formatPath(place.slice(base.length));
    const full = formatPath(path);
    return {
      path: full,
      value: JSON.stringify(value),
      origin: from,
      ...(from === "manifest" && short !== full && { written: short }),
    };
  });
}

function leaves(value: unknown, path: Path = []): [Path, unknown][] {
  if (isTable(value)) {
    return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
  }
  return value === undefined ? [] : [[path, value]];
}
