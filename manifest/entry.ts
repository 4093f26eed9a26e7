import type { Path } from "./issues";
import type { DocumentService } from "./manifestSchema";

/** An entry with the path at which it stands. */
export interface Entry {
  readonly name: string;
  readonly core: boolean;
  readonly entry: DocumentService;
  readonly path: Path;
}

/** Where a route stands: the single form has no name of its own. */
export function routePath(path: Path, key: string): Path {
  return [...path, "interface", "proxy", ...(key === "default" ? [] : [key])];
}
