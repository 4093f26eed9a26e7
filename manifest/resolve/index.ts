import { type Path, valueAt } from "../issue";
import type { Conventions } from "../conventions";
import type { Normalized } from "../normalize";
import type { Parsed } from "../schema/parse";
import type { Role } from "../schema/service";
import {
  type Context,
  type FaultyManifest,
  type PlacedService,
  rolesOf,
  type SignOnContext,
} from "./context";
import type { CertificateFiles } from "../read/certificates";
import { resolveExternalRoutes } from "./externalRoutes";
import { resolveDevices } from "./dns";
import { resolveNetwork } from "./network";
import { resolveNetworks, resolveNodes } from "./networks";
import { resolveGroups, resolveUsers } from "./people";
import { resolveRoutes } from "./routes";
import { resolveHostname, resolveService } from "./service";
import { resolveSignOn } from "./signOn";
import type { DisabledService, Manifest, Origin } from "./spec";

/** Far from 100, where Proxmox VE itself starts. */
export const defaultVmidBase = 7000;

export interface ResolveOptions {
  /**
   * What is added to an address's host number to form the Proxmox VE id of a container if the
   * manifest sets none (`nixmox:vmidBase`).
   *
   * @default 7000
   */
  readonly vmidBase?: number | undefined;
  /** The certificates that the manifest names, by file; those of unread files are unknown. */
  readonly certificates?: CertificateFiles | undefined;
}

/** A manifest in full, and where each of its values is written and comes from. */
export interface Resolved {
  readonly manifest: Manifest<undefined>;
  /** Where a resolved value comes from, and where it is written or could be. */
  readonly origin: (path: Path) => { readonly origin: Origin; readonly path: Path };
}

/** Derives every value that the manifest leaves to its conventions. Reports no errors. */
export function resolve(
  normalized: Normalized,
  { added }: Pick<Conventions, "added">,
  { document = {} }: Parsed,
  { vmidBase = defaultVmidBase, certificates = new Map() }: ResolveOptions = {},
): Resolved {
  const taken = new Map<string, Path>();
  const entries = entriesOf(document);
  const enabled = entries.filter(({ entry }) => entry.enable !== false);
  const provider = (role: Role) => enabled.find((each) => rolesOf(each).includes(role));
  const network = resolveNetwork(document, provider("dns")?.entry.ip);
  const networks = resolveNetworks(document, network);
  const known: Context = {
    network,
    networks,
    outposts: document.network?.outposts,
    entries,
    vmidBase,
    reboot: document.reboot ?? "never",
    certificates,
    provider,
    takenFrom: (path, place) => void taken.set(JSON.stringify(path), place),
  };
  const context: Context = { ...known, signOn: signOnOf(known) };
  const manifest: Manifest<undefined> = {
    network,
    networks,
    nodes: resolveNodes(document),
    devices: resolveDevices(document),
    groups: resolveGroups(document),
    users: resolveUsers(document),
    services: enabled.map((each) => resolveService(context, each)),
    routes: resolveExternalRoutes(context, document),
    disabled: entries.filter((each) => !enabled.includes(each)).map(disabledService),
    health_check_timeout: document.health_check_timeout,
    retry_attempts: document.retry_attempts,
    retry_delay: document.retry_delay,
  };
  const origin = (path: Path) => {
    const place = taken.get(JSON.stringify(path)) ?? path;
    const isAdded = valueAt(normalized.data, place) === undefined && isIn(added, place);
    return {
      origin: isAdded ? "derived" : originAt(normalized, document, place),
      path: normalized.writtenPath(place),
    };
  };
  return { manifest, origin };
}

function isIn(value: unknown, path: Path): boolean {
  return valueAt(value, path) !== undefined;
}

function signOnOf(context: Context): SignOnContext | undefined {
  const service = context.provider("sso");
  const spec = service && resolveSignOn(context, service);
  if (!service || !spec) return undefined;
  const routes = Object.values(resolveRoutes(context, service));
  return {
    service,
    spec,
    ip: service.entry.ip,
    hostname: resolveHostname(context, service, routes),
  };
}

function originAt({ data }: Normalized, document: FaultyManifest, place: Path): Origin {
  if (valueAt(data, place) !== undefined) return "manifest";
  return valueAt(document, place) === undefined ? "derived" : "default";
}

/** The services of both tables, core services first, in the order of the file. */
function entriesOf(document: FaultyManifest): PlacedService[] {
  const of = (table: "core_services" | "services") =>
    Object.entries(document[table] ?? {}).map(([name, entry]): PlacedService => ({
      name,
      path: [table, name],
      entry: entry ?? {},
    }));
  return [...of("core_services"), ...of("services")];
}

function disabledService(each: PlacedService): DisabledService {
  const { name, path, entry } = each;
  return {
    name,
    core: path[0] === "core_services",
    formerly: entry.formerly ?? [],
    ip: entry.ip,
    provides: rolesOf(each),
  };
}
