import type { Path } from "../issue";
import type { CertificateFiles } from "../read/certificates";
import type { NormalManifest, NormalService } from "../schema/manifest";
import type { Faulty } from "../schema/parse";
import { conventionalRoles, type Role } from "../schema/service";
import type { Reboot } from "../schema/values";
import type { SubnetSpec } from "./placementSpec";
import type { NetworkSpec, SignOnSpec } from "./spec";

export type FaultyManifest = NonNullable<Faulty<NormalManifest>>;

/** One service of the manifest and its path. */
export interface PlacedService {
  readonly name: string;
  readonly path: Path;
  readonly entry: NonNullable<Faulty<NormalService>>;
}

/** The identity provider, and where it is. */
export interface SignOnContext {
  readonly service: PlacedService;
  readonly spec: SignOnSpec<undefined>;
  readonly ip: string | undefined;
  readonly hostname: string | undefined;
}

/** What derivations look up. */
export interface Context {
  readonly network: NetworkSpec<undefined>;
  readonly networks: Readonly<Record<string, SubnetSpec<undefined>>>;
  /** The services of both tables, core services first, in the order of the file. */
  readonly entries: readonly PlacedService[];
  readonly vmidBase: number;
  /** Whether deployments may reboot hosts that say nothing about it. */
  readonly reboot: Reboot;
  /** The certificates that the manifest names, by file. */
  readonly certificates: CertificateFiles;
  readonly outposts: NonNullable<FaultyManifest["network"]>["outposts"];
  /** The identity provider; none if there is none, or it is none that is known. */
  readonly signOn?: SignOnContext | undefined;
  /** The first enabled service that plays a role. */
  readonly provider: (role: Role) => PlacedService | undefined;
  /** Records that a value is taken from another place. */
  readonly takenFrom: (path: Path, place: Path) => void;
}

/** The roles of a service: as written, or else by its name. */
export function rolesOf({ name, entry }: PlacedService): readonly Role[] {
  return entry.provides ?? (Object.hasOwn(conventionalRoles, name) ? conventionalRoles[name]! : []);
}
