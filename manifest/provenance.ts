import type { Path } from "./issues";
import type { Manifest, Service } from "./resolve";
import type { Document } from "./manifestSchema";

/** Where a value came from: the manifest's text, a key's default, or other values. */
export type Origin = "manifest" | "default" | "derived";

export interface Value {
  readonly path: string;
  readonly value: string;
  readonly origin: Origin;
}

/** Every value of one service and where it came from, by path. */
export function provenanceOf(
  written: unknown,
  document: Document,
  manifest: Manifest,
  name: string,
) {
  const service = manifest.services.find((each) => each.name === name);
  if (!service) return undefined;
  const table = service.core ? "core_services" : "services";
  const { name: _, core: __, ...values } = service;
  return leaves(values).map(([path, value]): Value => {
    const places = sources(service, path).map((place) => [table, name, ...place]);
    const origin = places.some((place) => has(written, place))
      ? "manifest"
      : places.some((place) => has(document, place))
        ? "default"
        : "derived";
    return { path: path.join("."), value: JSON.stringify(value), origin };
  });
}

/** Where a resolved value may stand as written: short forms stand elsewhere. */
function sources(service: Service, path: Path): Path[] {
  const [first, table, key, ...rest] = path;
  if (first === "ports" && service.provides.includes("database")) {
    return [path, ["interface", "db", "port"]];
  }
  if (first !== "interface") return [path];
  if (table === "proxy" && key === "default") return [path, ["interface", "proxy", ...rest]];
  if (table === "dbs" && key === (service.formerly[0] ?? service.name)) {
    return [path, ["interface", "db", ...rest]];
  }
  return [path];
}

function has(value: unknown, [key, ...rest]: Path): boolean {
  if (key === undefined) return value !== undefined;
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return false;
  return has((value as Record<string | number, unknown>)[key], rest);
}

function leaves(value: unknown, path: Path = []): [Path, unknown][] {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
  }
  return [[path, value]];
}
