import { type Loaded } from "../load";
import { formatPath, isTable, type Path } from "../issue";
import { ownValue } from "../tables";
import type { Origin } from "../resolve/spec";

/** One value of a service, and where it came from. */
export interface Value {
  readonly path: string;
  readonly value: string;
  readonly origin: Origin;
  /** Where it is written, if that is not `path`. */
  readonly written?: string;
}

/**
 * Every value of one service, device or of the network, and where it came from, by path; undefined if
 * there is none of that name, or it is not enabled.
 */
export function valuesOf({ manifest, origin }: Loaded, name: string): Value[] | undefined {
  const found = tableOf(manifest, name);
  if (!found) return undefined;
  const { base, values } = found;
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

function tableOf(
  { services, devices, network }: Loaded["manifest"],
  name: string,
): { base: Path; values: object } | undefined {
  const service = services.find((each) => each.name === name);
  if (service) {
    const { name: _, core, ...values } = service;
    return { base: [core ? "core_services" : "services", name], values };
  }
  const device = ownValue(devices, name);
  if (device) return { base: ["devices", name], values: device };
  return name === "network" ? { base: ["network"], values: network } : undefined;
}

function leaves(value: unknown, path: Path = []): [Path, unknown][] {
  if (isTable(value)) {
    return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
  }
  return value === undefined ? [] : [[path, value]];
}
