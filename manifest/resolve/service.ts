import type { Role } from "../schema/service";
import { type Context, rolesOf, type PlacedService } from "./context";
import { resolveDatabases, resolveMaxConnections, resolveNeeds } from "./databases";
import { foreignResolvers } from "./network";
import { deriveVmid, subnetOf } from "./networks";
import type { SubnetSpec } from "./placementSpec";
import { resolveAlerting, resolveMetrics } from "./monitoring";
import { unitOf } from "../moduleUnits";
import { certificatePaths } from "./paths";
import { resolvePorts } from "./ports";
import { resolveRoutes } from "./routes";
import { resolveSecrets } from "./secrets";
import { resolveSignIns } from "./signIns";
import { mapValues } from "../tables";
import type { HealthSpec, ServiceSpec } from "./spec";
import { resolveVolumes } from "./volumes";

export function resolveService(context: Context, each: PlacedService): ServiceSpec<undefined> {
  const { name, entry, path } = each;
  const provides = rolesOf(each);
  const routes = resolveRoutes(context, each);
  const signIns = resolveSignIns(context, each, routes);
  const { signOn } = context;
  const volumes = resolveVolumes(each);
  const hasVolumes = Object.keys(volumes).length > 0;
  const subnet = subnetOf(context, entry);
  const modules = entry.modules ?? [name];
  const unit = entry.unit ?? unitOf(name, modules);
  return {
    name,
    core: path[0] === "core_services",
    ip: entry.ip,
    hostname: resolveHostname(context, each, Object.values(routes)),
    depends_on: entry.depends_on ?? [],
    ports: resolvePorts(context, each),
    provides,
    vmid: entry.vmid ?? (subnet && deriveVmid(context.vmidBase, subnet, entry.ip)),
    node: entry.node,
    network: entry.network,
    bridge: entry.bridge,
    datastore: entry.datastore,
    resources: entry.resources,
    volumes,
    onboot: entry.onboot,
    reboot: entry.reboot ?? context.reboot,
    start: entry.start,
    stateful:
      entry.stateful ?? (hasVolumes || !(provides.length > 0 && provides.every(isStateless))),
    unit,
    modules,
    formerly: entry.formerly ?? [],
    version: entry.version,
    state_version: entry.state_version,
    nameservers: nameservers(context, subnet, provides),
    max_connections: resolveMaxConnections(context, each),
    database_needs: resolveNeeds(context, each),
    ...(provides.includes("proxy") && { authority: certificatePaths("authority") }),
    ...(servesTls(each, provides, Object.values(routes)) && {
      certificate: certificatePaths("server"),
    }),
    ...(signOn?.service === each && { sign_on: signOn.spec }),
    interface: {
      dbs: resolveDatabases(context, each),
      routes: mapValues(routes, (route, key) => {
        const guard = signIns.guards[key];
        return { ...route, ...(guard && { guard }) };
      }),
      auth: entry.interface?.auth,
      sign_ins: signIns.signIns,
      health: resolveHealth(each, unit),
      secrets: resolveSecrets(context, each, unit, signIns),
      metrics: resolveMetrics(each, Object.values(routes)),
      alerting: resolveAlerting(each),
    },
  };
}

/** The host's name; it gives way to a route of the same name, which is what people type. */
export function resolveHostname(
  { network: { domain } }: Context,
  { name, entry }: PlacedService,
  routes: readonly { readonly domain: string | undefined }[],
): string | undefined {
  if (domain === undefined) return entry.hostname;
  const hostname = entry.hostname ?? `${name}.${domain}`;
  const isPublic = routes.some((route) => route.domain === hostname);
  return isPublic ? `${name}.host.${domain}` : hostname;
}

/** Roles whose hosts can be recreated from the manifest alone. */
function isStateless(role: Role): boolean {
  return role === "dns" || role === "proxy";
}

/** The resolvers that the host uses: the homelab's, which forwards names outside the homelab. */
function nameservers(
  { network }: Context,
  subnet: SubnetSpec<undefined> | undefined,
  provides: readonly Role[],
): string[] {
  const { dns = [], gateway } = subnet ?? {};
  const asked = provides.includes("dns") ? foreignResolvers(network, { gateway }) : dns;
  return asked.filter((each) => each !== undefined);
}

/** A database server always does; others, where the manifest says so of them or of a route. */
function servesTls(
  { entry }: PlacedService,
  provides: readonly Role[],
  routes: readonly { readonly upstream_tls: boolean | undefined }[],
): boolean {
  const isAsked = entry.interface?.certificate === true;
  return (
    isAsked || provides.includes("database") || routes.some((route) => route.upstream_tls === true)
  );
}

function resolveHealth(each: PlacedService, unit: string): HealthSpec<undefined> {
  const { name, entry } = each;
  // It asks for names of others, too: a resolver that finds none cuts all hosts off.
  const isResolver = rolesOf(each).includes("dns") && (entry.modules ?? [name]).includes("dns");
  const health = entry.interface?.health;
  const startup =
    health?.startup ?? `systemctl is-active --quiet ${unit.replace(/\.service$/, "")}`;
  return {
    startup,
    readiness: health?.readiness ?? (isResolver ? "nixmox-check-resolver" : startup),
    interval: health?.interval,
    timeout: health?.timeout,
    retries: health?.retries,
  };
}
