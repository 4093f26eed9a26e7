import type { Path } from "../issue";
import type { Manifest, RouteSpec, ServiceSpec } from "../resolve/spec";
import { pathOf } from "./context";

/** A route and where it is in the manifest. */
export interface PlacedRoute extends RouteSpec<undefined> {
  readonly at: Path;
}

/** The routes of one service, or one route to what is no service: they have an owner in common. */
export interface RouteOwner {
  readonly name: string;
  readonly at: Path;
  readonly routes: readonly PlacedRoute[];
}

/** A service with its routes. */
export function routesOf(service: ServiceSpec<undefined>): RouteOwner {
  const { name } = service;
  const at = pathOf(service);
  const routes = Object.entries(service.interface.routes).map(([key, route]) => ({
    ...route,
    at: [...at, "interface", "routes", key],
  }));
  return { name, at, routes };
}

/** All routes by owner, in the order of the file: those of services come first. */
export function routeOwners(manifest: Manifest<undefined>): RouteOwner[] {
  return [
    ...manifest.services.map(routesOf),
    ...manifest.routes.map((route) => {
      const at = ["routes", route.name];
      return { name: route.name, at, routes: [{ ...route, at }] };
    }),
  ];
}
