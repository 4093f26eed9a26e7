import type { Path } from "../issue";
import type { ServiceSpec } from "../resolve/spec";
import type { Auth } from "../schema/manifest";
import type { Faulty } from "../schema/parse";
import { type CheckContext, pathOf } from "./context";

/** One table that says how users sign in, and where it is. */
export interface PlacedAuth {
  readonly auth: NonNullable<Faulty<Auth>>;
  readonly at: Path;
  /** The route that it is for; none if it is for the service. */
  readonly route?: string;
}

/** What a service says about sign-in: for itself, and for routes that differ from it. */
export function authsOf({ written }: CheckContext, service: ServiceSpec<undefined>): PlacedAuth[] {
  const base = [...pathOf(service), "interface"];
  const { auth, routes } = service.interface;
  return [
    ...(auth ? [{ auth, at: [...base, "auth"] }] : []),
    ...Object.entries(routes).flatMap(([route, { auth: own }]): PlacedAuth[] => {
      const at = [...base, "routes", route, "auth"];
      return own && written(at) !== undefined ? [{ auth: own, at, route }] : [];
    }),
  ];
}
