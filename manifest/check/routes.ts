import { answersOf } from "../caddyfile/answers";
import type { Issue } from "../issue";
import type { ServiceSpec } from "../resolve/spec";
import { Claims } from "./claims";
import { type CheckContext, pathOf } from "./context";
import { type RouteOwner, routeOwners, routesOf } from "./placedRoutes";

/** A host's name is below the one domain that the internal CA may certify. */
export function checkHostname(context: CheckContext, service: ServiceSpec<undefined>): Issue[] {
  const { domain } = context.manifest.network;
  const { hostname } = service;
  if (domain === undefined || hostname === undefined || isBelow(hostname, domain)) return [];
  const message = `${hostname} is not below ${domain}. Use a name that is.`;
  return [{ code: "outside-domain", path: [...pathOf(service), "hostname"], message }];
}

/** TLS routes are at or below the one domain that the internal CA may certify. */
export function checkDomains({ manifest }: CheckContext, { routes }: RouteOwner): Issue[] {
  const { domain } = manifest.network;
  if (domain === undefined) return [];
  return routes.flatMap((route): Issue[] => {
    const { domain: name } = route;
    if (name === undefined || name === domain || isBelow(name, domain)) return [];
    // A single label is no name that a resolver of the internet knows.
    if (route.tls !== true && name.includes(".")) return [];
    const message =
      `${route.domain} is not below ${domain}, the only domain that the internal CA may sign for. ` +
      "Use a name that is, or set tls = false.";
    return [{ code: "outside-domain", path: [...route.at, "domain"], message }];
  });
}

function isBelow(name: string, domain: string): boolean {
  return name.endsWith(`.${domain}`);
}

/** A route leads to a port of its own service's host. */
export function checkUpstreams(
  { isFaulty }: CheckContext,
  service: ServiceSpec<undefined>,
): Issue[] {
  const { ip } = service;
  return routesOf(service).routes.flatMap(
    ({ at, upstream, root, redirect, extra_config: extra }): Issue[] => {
      if (ip === undefined) return [];
      if (upstream === undefined) {
        if (root !== undefined || redirect !== undefined) return [];
        if (extra === undefined || answersOf(extra).directive !== undefined) return [];
        if (isFaulty([...at, "upstream"]) || isFaulty([...pathOf(service), "ports"])) return [];
        const message = "leads to no port. Add ports to the service, or an upstream here.";
        return [{ code: "no-port", path: at, message }];
      }
      if (upstream.split(":")[0] === ip) return [];
      const message = `${upstream} is not on this service's host. Use ${ip} and a port, or a [routes.NAME] for a device.`;
      return [{ code: "wrong-host", path: [...at, "upstream"], message }];
    },
  );
}

/** Each path of a domain belongs to one route. */
export function checkUniqueRoutes({ manifest, place, isFaulty }: CheckContext): Issue[] {
  const claims = new Claims(place);
  const hosts = new Map(manifest.services.map(({ name, hostname }) => [hostname, name]));
  return routeOwners(manifest).flatMap((owner) => {
    const own = new Set<string>();
    return owner.routes.flatMap(({ at, domain, path }): Issue[] => {
      if (domain === undefined || isFaulty([...at, "domain"])) return [];
      const host = hosts.get(domain);
      const below = `${domain}${path?.replace(/(?<=.)\/$/, "")}`;
      const key = own.has(domain) ? "path" : "domain";
      own.add(domain);
      const issues =
        path === undefined
          ? []
          : claims.claim(below, [...at, key], "Use another domain, or another path.");
      if (host === undefined || host === owner.name) return issues;
      const message = `${domain} is the hostname of ${host}. Use another domain.`;
      return [...issues, { code: "taken", path: [...at, "domain"], message }];
    });
  });
}

/** The routes with one domain form one site. */
export function checkSites({ place, isFaulty }: CheckContext, owner: RouteOwner): Issue[] {
  const routes = owner.routes.filter(({ at }) => !isFaulty([...at, "domain"]));
  return routes.flatMap(({ at, domain, tls }, i): Issue[] => {
    if (domain === undefined || tls === undefined) return [];
    const before = routes.slice(0, i);
    const mixed = before.find((each) => each.domain === domain && each.tls === !tls);
    if (mixed) {
      const message =
        `${domain} is served ${tls ? "without" : "with"} TLS by ${place(mixed.at)}. ` +
        "Use the same for all of its paths.";
      return [{ code: "mixed-tls", path: [...at, "tls"], message }];
    }
    return [];
  });
}
