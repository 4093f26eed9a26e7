import type { Manifest, ServiceSpec, SignInSpec } from "../resolve/spec";
import type { Role } from "../schema/service";

/** The service that plays a role for the others. */
export function providerOf<Gap>(manifest: Manifest<Gap>, role: Role): ServiceSpec<Gap> | undefined {
  return manifest.services.find(({ provides }) => provides.includes(role));
}

/** Whether users sign in anywhere at a service, even at only one of its routes. */
export function hasSignIn<Gap>({ interface: contracts }: ServiceSpec<Gap>): boolean {
  const routes = Object.values(contracts.routes);
  return [contracts.auth, ...routes.map(({ auth }) => auth)].some(
    (auth) => auth?.type !== undefined && auth.type !== "none",
  );
}

/** Every place where users sign in. */
export function signInsOf({ services, routes }: Manifest): SignInSpec[] {
  return [
    ...services.flatMap(({ interface: { sign_ins } }) => Object.values(sign_ins)),
    ...routes.flatMap(({ sign_in }) => sign_in ?? []),
  ];
}

/** Names of the services that one service needs before it can be switched, sorted. */
export function usesOf<Gap>(manifest: Manifest<Gap>, service: ServiceSpec<Gap>): string[] {
  const names = [
    ...service.depends_on,
    ...databaseServers(service),
    ...databaseOwners(service),
    ...(signInProvider(manifest, service) ?? []),
  ];
  return [...new Set(names)].sort();
}

/** Names of the services that provide a service's databases. */
export function databaseServers<Gap>({ interface: { dbs } }: ServiceSpec<Gap>): string[] {
  return Object.values(dbs)
    .map(({ service }) => service)
    .filter((service) => typeof service === "string");
}

/** Names of the services whose databases a service uses or reads. */
export function databaseOwners<Gap>({ interface: { dbs } }: ServiceSpec<Gap>): string[] {
  return Object.values(dbs).flatMap(({ of }) => (of === undefined ? [] : [of.service]));
}

/** Whether a service signs users in itself, as a client of the identity provider. */
export function isClient<Gap>({ interface: { sign_ins } }: ServiceSpec<Gap>): boolean {
  return Object.values(sign_ins).some(({ kind }) => kind === "oidc");
}

/**
 * The identity provider that a service reaches when it starts, as its client, unless the provider
 * itself depends on the service. What only the proxy guards starts without it.
 */
export function signInProvider<Gap>(
  manifest: Manifest<Gap>,
  service: ServiceSpec<Gap>,
): [string] | undefined {
  const sso = isClient(service) ? providerOf(manifest, "sso") : undefined;
  if (!sso || sso === service || isFoundation(manifest, service, sso)) return undefined;
  return [sso.name];
}

/**
 * Whether `other` needs, directly or not, what `service` provides, ignoring sign-in: a proxy cannot
 * wait for the identity provider that it publishes.
 */
export function isFoundation<Gap>(
  manifest: Manifest<Gap>,
  service: ServiceSpec<Gap>,
  other: ServiceSpec<Gap>,
): boolean {
  if (service.provides.length === 0) return false;
  const byName = new Map(manifest.services.map((each) => [each.name, each]));
  const seen = new Set([other]);
  for (const at of seen) {
    const roles: Role[] = Object.keys(at.interface.routes).length > 0 ? ["proxy", "dns"] : [];
    const below = [
      ...at.depends_on,
      ...databaseServers(at),
      ...databaseOwners(at),
      ...roles.flatMap((role) => providerOf(manifest, role)?.name ?? []),
    ];
    for (const name of below) {
      const next = byName.get(name);
      if (next === service) return true;
      if (next) seen.add(next);
    }
  }
  return false;
}
