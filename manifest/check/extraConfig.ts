import { findFaults } from "../caddyfile/findFaults";
import { type Issue, shorten } from "../issue";
import type { CheckContext } from "./context";
import type { RouteOwner } from "./placedRoutes";

/** Further Caddy directives stay within the route that they are written for. */
export function checkExtraConfig({ isFaulty }: CheckContext, { routes }: RouteOwner): Issue[] {
  return routes.flatMap(({ at, domain, extra_config: text, root }): Issue[] => {
    const path = [...at, "extra_config"];
    if (text === undefined || text === "" || isFaulty(path)) return [];
    const upstreams = routes.flatMap(({ domain: other, reaches }) =>
      other === domain ? reaches : [],
    );
    const hasRoot = root !== undefined;
    const faults = [...findFaults(text, { domain, upstreams, hasRoot })].sort(
      (a, b) => a.line - b.line,
    );
    if (faults.length === 0) return [];
    const list = faults
      .slice(0, 8)
      .map(({ line, what }) => `line ${line} has ${shorten(what, 120)}`);
    const message =
      `leaves its route: ${list.join("; ")}. A route handles its own requests with what ` +
      "docs/operations.md lists.";
    return [{ code: "leaves-route", path, message }];
  });
}
