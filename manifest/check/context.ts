import type { Path } from "../issue";
import type { Manifest, ServiceSpec } from "../resolve/spec";
import type { CertificateFiles } from "../read/certificates";
import { Suggestions } from "./suggestions";

/** What checks look at: only resolved values, and what is already known to be wrong. */
export interface CheckContext {
  readonly manifest: Manifest<undefined>;
  readonly suggestions: Suggestions;
  /** The certificates that the manifest names, by file. */
  readonly certificates: CertificateFiles;
  /** Whether a value, or one below it, is already known to be wrong. */
  readonly isFaulty: (path: Path) => boolean;
  /** A path as the manifest has it, short forms included. */
  readonly place: (path: Path) => string;
  /** What a path leads to before anything is derived; undefined if it is wrong. */
  readonly written: (path: Path) => unknown;
  /** Whether a value is written, as opposed to a default or derived. */
  readonly isWritten: (path: Path) => boolean;
}

/** Where a service is in the manifest. */
export function pathOf({ core, name }: Pick<ServiceSpec, "core" | "name">): Path {
  return [core ? "core_services" : "services", name];
}
