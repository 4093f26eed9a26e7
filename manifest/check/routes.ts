import type { Issue, Path } from "../issue";
import type { RouteSpec, ServiceSpec } from "../resolve/spec";
import { Claims } from "./claims";
import { type CheckContext, pathOf } from "./context";

interface PlacedRoute extends RouteSpec<undefined> {
  readonly at: Path;
}

function routesOf(service: ServiceSpec<undefined>): PlacedRoute[] {
  return Object.entries(service.interface.routes).map(([key, route]) => ({
    ...route,
    at: [...pathOf(service), "interface", "routes", key],
  }));
}

/** Hosts and TLS routes are below the one domain that the internal CA may certify. */
export function checkDomains(context: CheckContext, service: ServiceSpec<undefined>): Issue[] {
  const { domain } = context.manifest.network;
  if (domain === undefined) return [];
  const isBelow = (name: string) => name.endsWith(`.${domain}`);
  const { hostname } = service;
  const issues: Issue[] = [];
  if (hostname !== undefined && !isBelow(hostname)) {
    const message = `${hostname} is not below ${domain}. Use a name that is.`;
    issues.push({ code: "outside-domain", path: [...pathOf(service), "hostname"], message });
  }
  for (const route of routesOf(service)) {
    if (route.tls !== true || route.domain === undefined || isBelow(route.domain)) continue;
    const message =
      `${route.domain} is not below ${domain}, the only domain that the internal CA may sign for. ` +
      "Use a name that is, or set tls = false.";
    issues.push({ code: "outside-domain", path: [...route.at, "domain"], message });
  }
  return issues;
}

/** A route leads to a port of its own service's host. */
export function checkUpstreams(
  { isFaulty }: CheckContext,
  service: ServiceSpec<undefined>,
): Issue[] {
  const { ip } = service;
  return routesOf(service).flatMap(({ at, upstream }): Issue[] => {
    if (ip === undefined) return [];
    if (upstream === undefined) {
      if (isFaulty([...at, "upstream"]) || isFaulty([...pathOf(service), "ports"])) return [];
      const message = "leads to no port. Add ports to the service, or an upstream here.";
      return [{ code: "no-port", path: at, message }];
    }
    if (upstream.split(":")[0] === ip) return [];
    const message = `${upstream} is not on this service's host. Use ${ip} and a port.`;
    return [{ code: "wrong-host", path: [...at, "upstream"], message }];
  });
}

/** A domain belongs to one service, and each of its paths to one route. */
export function checkUniqueRoutes({ manifest, place, isFaulty }: CheckContext): Issue[] {
  const claims = new Claims(place);
  const hosts = new Map(manifest.services.map(({ name, hostname }) => [hostname, name]));
  return manifest.services.flatMap((service) =>
    routesOf(service).flatMap(({ at, domain, path }): Issue[] => {
      if (domain === undefined || isFaulty([...at, "domain"])) return [];
      const owner = pathOf(service);
      const below = `path ${path?.replace(/(?<=.)\/$/, "")} of ${service.name} at ${domain}`;
      const host = hosts.get(domain);
      const issues = [
        ...claims.claim(`domain ${domain}`, [...at, "domain"], "Use another one.", owner),
        ...(path === undefined ? [] : claims.claim(below, [...at, "path"], "Use another one.")),
      ];
      if (host === undefined || host === service.name) return issues;
      const message = `${domain} is the hostname of ${host}. Use another domain.`;
      return [...issues, { code: "taken", path: [...at, "domain"], message }];
    }),
  );
}

/** The routes with one domain form one site, in a file that is named after the domain. */
export function checkSites(
  { place, isFaulty }: CheckContext,
  service: ServiceSpec<undefined>,
): Issue[] {
  const routes = routesOf(service).filter(({ at }) => !isFaulty([...at, "domain"]));
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
    const alike = before.find((each) => each.domain !== domain && isAlike(each.domain, domain));
    if (!alike) return [];
    const message = `${domain} differs from ${alike.domain} only in dots and dashes. Use another one.`;
    return [{ code: "similar-domain", path: [...at, "domain"], message }];
  });
}

function isAlike(one: string | undefined, other: string): boolean {
  return one?.replaceAll(".", "-") === other.replaceAll(".", "-");
}
