import type { Path } from "../issue";
import type { ManifestDocument, ServiceDocument } from "../schema/manifest";
import type { Faulty } from "../schema/parse";
import { conventionalRoles, type Role } from "../schema/service";
import type { NetworkSpec } from "./spec";

export type Document = NonNullable<Faulty<ManifestDocument>>;

/** One service of the document and where it is. */
export interface ServiceEntry {
  readonly name: string;
  readonly path: Path;
  readonly entry: NonNullable<Faulty<ServiceDocument>>;
}

/** What derivations look up. */
export interface Context {
  readonly network: NetworkSpec<undefined>;
  /** The services of both tables, core services first, in the order of the file. */
  readonly entries: readonly ServiceEntry[];
  readonly vmidBase: number;
  /** The first enabled service that plays a role. */
  readonly provider: (role: Role) => ServiceEntry | undefined;
  /** Says that a value is taken from another place. */
  readonly takenFrom: (path: Path, place: Path) => void;
}

/** The roles of a service: as written, else by its name. */
export function rolesOf({ name, entry }: ServiceEntry): readonly Role[] {
  return entry.provides ?? (Object.hasOwn(conventionalRoles, name) ? conventionalRoles[name]! : []);
}
