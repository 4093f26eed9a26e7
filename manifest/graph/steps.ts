import type { ExternalRouteSpec, Manifest, ServiceSpec } from "../resolve/spec";
import type { Role } from "../schema/service";
import { opensFor, visitorsOf } from "./access";
import { databaseOwners, databaseServers, providerOf, signInProvider } from "./uses";

/**
 * The steps in which a service is deployed. The components create each step's resources, and
 * what these wait for is decided here.
 *
 * - `container`, `host`: the container exists, and answers over SSH;
 * - `volumes`: it has its disks beside the root disk;
 * - `build`, `secrets`, `access`, `database`: what its activation needs, `access` being firewall
 *   rules on the hosts that it depends on;
 * - `sign_in`: the identity provider knows where its users sign in;
 * - `switch`, `healthy`: its configuration is active, and its health checks pass;
 * - `directory`: an identity provider knows groups, users and what sign-ins share;
 * - `records`: a resolver knows devices and the manifest's own records;
 * - `firewall`: the proxy, the monitoring and whom `from` names may reach its host;
 * - `published`: its names resolve and its routes are served;
 * - `monitored`: the monitoring service watches it. Nothing waits for that.
 */
export const stepKinds = [
  "container",
  "host",
  "volumes",
  "build",
  "secrets",
  "access",
  "database",
  "sign_in",
  "switch",
  "healthy",
  "directory",
  "records",
  "firewall",
  "published",
  "monitored",
] as const;
export type StepKind = (typeof stepKinds)[number];

/** A step of one service and the steps that must be done before it, by id (`<service>.<kind>`). */
export interface Step {
  readonly id: string;
  readonly service: string;
  readonly kind: StepKind;
  readonly needs: readonly string[];
}

export function stepId(service: string, kind: StepKind): string {
  return `${service}.${kind}`;
}

/** Every step of a manifest, in the order of its services, and then of its other routes. */
export function stepsOf<Gap>(manifest: Manifest<Gap>): Step[] {
  return [
    ...manifest.services.flatMap((service) => listSteps(service.name, needsOf(manifest, service))),
    ...manifest.routes.flatMap((route) =>
      listSteps(externalRouteId(route.name), externalNeeds(manifest, route)),
    ),
  ];
}

/** What a route to no service is called among the steps; no service has a name with a dot. */
export function externalRouteId(name: string): string {
  return `routes.${name}`;
}

type Needs = Partial<Record<StepKind, string[]>>;

function listSteps(service: string, needs: Needs): Step[] {
  return stepKinds.flatMap((kind): Step[] => {
    const before = needs[kind];
    return before
      ? [{ id: stepId(service, kind), service, kind, needs: [...new Set(before)].sort() }]
      : [];
  });
}

/** Such a route is published by the proxy and the resolver; there is nothing else to deploy. */
function externalNeeds<Gap>(
  manifest: Manifest<Gap>,
  { name, sign_in: signIn }: ExternalRouteSpec<Gap>,
): Needs {
  const sso = signIn && providerOf(manifest, "sso")?.name;
  const providers = (["proxy", "dns"] as const).flatMap((role) => {
    const provider = providerOf(manifest, role);
    return provider ? [stepId(provider.name, "healthy")] : [];
  });
  if (sso === undefined) return { published: providers };
  return {
    sign_in: [stepId(sso, "directory")],
    published: [...providers, stepId(externalRouteId(name), "sign_in"), stepId(sso, "published")],
  };
}

/** What each step of a service needs; steps that it does not have are left out. */
function needsOf<Gap>(manifest: Manifest<Gap>, service: ServiceSpec<Gap>): Needs {
  const { name, interface: contracts } = service;
  const own = (kind: StepKind) => stepId(name, kind);
  const healthy = (names: readonly string[]) => names.map((other) => stepId(other, "healthy"));
  const provider = (role: Role) => {
    const found = providerOf(manifest, role);
    return found && found !== service ? healthy([found.name]) : [];
  };

  const needs: Needs = {
    container: [],
    host: [own("container")],
    build: [own("host")],
  };
  if (Object.keys(service.volumes).length > 0) needs.volumes = [own("host")];
  const hasCertificates = service.authority !== undefined || service.certificate !== undefined;
  if (Object.keys(contracts.secrets).length > 0 || hasCertificates) needs.secrets = [own("host")];
  const opened = opensFor(manifest, service).map((other) => other.name);
  if (opened.length > 0) needs.access = [own("host"), ...healthy(opened)];
  const servers = databaseServers(service);
  if (servers.length > 0) {
    // A secret restarts the service, which must not happen between a new password of its role and
    // the file that has it.
    const before = needs.secrets ? [own("secrets")] : [];
    // Another service's database is there once that service is: its role, its password, its tables.
    const owners = databaseOwners(service).map((owner) => stepId(owner, "switch"));
    needs.database = [own("host"), ...before, ...healthy(servers), ...owners];
  }
  const sso = providerOf(manifest, "sso");
  const signIns = Object.values(contracts.sign_ins);
  if (sso && sso !== service && signIns.length > 0) needs.sign_in = [stepId(sso.name, "directory")];
  const [client] = signInProvider(manifest, service) ?? [];
  needs.switch = [
    ...(["build", "volumes", "secrets", "access", "database"] as const)
      .filter((kind) => needs[kind])
      .map(own),
    ...healthy(service.depends_on),
    // A client may ask for the provider's addresses as soon as it starts.
    ...(client === undefined ? [] : [own("sign_in"), stepId(client, "published")]),
  ];
  needs.healthy = [own("switch")];
  if (service === sso && service.sign_on) needs.directory = [own("healthy")];
  if (service === providerOf(manifest, "dns") && hasOwnRecords(manifest)) {
    needs.records = [own("healthy")];
  }
  const isVisited = visitorsOf(manifest, service).length > 0;
  if (isVisited) needs.firewall = [own("healthy")];
  const reachable = [own("healthy"), ...(isVisited ? [own("firewall")] : [])];
  needs.published = [
    ...reachable,
    ...(Object.keys(contracts.routes).length > 0 ? provider("proxy") : []),
    ...provider("dns"),
    // Anyone who is not signed in yet is sent to the provider's public name.
    ...(sso && needs.sign_in ? [own("sign_in"), stepId(sso.name, "published")] : []),
  ];
  if (providerOf(manifest, "monitoring")) {
    needs.monitored = [...reachable, ...provider("monitoring")];
  }
  return needs;
}

/** Whether the resolver has names that are no service's. */
function hasOwnRecords<Gap>({ devices, network }: Manifest<Gap>): boolean {
  return Object.keys(devices).length > 0 || network.records.length > 0;
}
