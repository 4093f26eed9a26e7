import { findCycles } from "../graph/order";
import type { Issue, Path } from "../issue";
import { type CheckContext, pathOf } from "./context";

/** Each cycle, as one issue at the first service in it. */
export function checkCycles({ manifest }: CheckContext): Issue[] {
  return findCycles(manifest).flatMap((cycle) => describe(manifest, cycle));
}

function describe(manifest: CheckContext["manifest"], cycle: readonly string[]): Issue[] {
  const names = cycle.map((id) => id.split(".")[0]!);
  const chain = names.filter((name, i) => i === 0 || name !== names[i - 1]);
  // A service that depends on itself is refused as such.
  if (chain.length < 2) return [];
  const places = chain.slice(0, -1).map((name, i): Path => {
    const service = manifest.services.find((each) => each.name === name)!;
    const index = service.depends_on.indexOf(chain[i + 1]!);
    return [...pathOf(service), ...(index < 0 ? ["interface"] : ["depends_on", index])];
  });
  const message =
    `services wait for each other: ${chain.join(" -> ")} (steps ${cycle.join(" -> ")}). ` +
    "Remove one of these dependencies.";
  return [{ code: "cycle", path: places[0]!, message, related: places.slice(1) }];
}
