import type { Issue } from "../issue";
import { isGuarded } from "../resolve/routes";
import type { ServiceSpec } from "../resolve/spec";
import { type CheckContext, pathOf } from "./context";

/** A route that requires a sign-in must not be left open because nothing says how to sign in. */
export function checkGuards(
  { isFaulty, isWritten }: CheckContext,
  service: ServiceSpec<undefined>,
): Issue[] {
  return Object.entries(service.interface.routes).flatMap(([key, route]): Issue[] => {
    const at = [...pathOf(service), "interface", "routes", key];
    const { authz, auth } = route;
    if (authz === true && auth?.type === "none") {
      const message =
        "needs interface.auth, which says how users sign in. Add it, or set this to false.";
      return [{ code: "no-sign-in", path: [...at, "authz"], message }];
    }
    const paths = [...at, "public_paths"];
    if (!isGuarded(route) && isWritten(paths) && !isFaulty([...at, "authz"])) {
      const message = "all paths are already public. Set authz = true, or remove public_paths.";
      return [{ code: "no-effect", path: paths, message }];
    }
    return [];
  });
}
