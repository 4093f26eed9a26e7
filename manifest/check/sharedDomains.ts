import type { Issue } from "../issue";
import { isGuarded } from "../resolve/routes";
import type { CheckContext } from "./context";
import { routeOwners } from "./placedRoutes";

/**
 * Services can share a domain if their paths differ. They share its cookies and its scripts, too, so a
 * domain at which users sign in is not shared.
 */
export function checkSharedDomains({ manifest, place, isFaulty }: CheckContext): Issue[] {
  const provider = manifest.services.find((service) => service.sign_on)?.name;
  const all = routeOwners(manifest).flatMap(({ name, routes }) =>
    routes.map((route) => ({ ...route, name, signsIn: isGuarded(route) || name === provider })),
  );
  const known = all.filter(
    ({ at, domain }) => domain !== undefined && !isFaulty([...at, "domain"]),
  );
  return known.flatMap(({ at, domain, name, tls, ...route }, i): Issue[] => {
    const others = known.slice(0, i).filter((each) => each.domain === domain && each.name !== name);
    const mixed = others.find((each) => each.tls === !tls);
    if (mixed) {
      const message =
        `${domain} is served ${tls ? "without" : "with"} TLS by ${place(mixed.at)}. ` +
        "Use the same for all of its paths.";
      return [{ code: "mixed-tls", path: [...at, "tls"], message }];
    }
    const host = [{ ...route, name }, ...others].find(({ signsIn }) => signsIn);
    if (!host || others.length === 0) return [];
    const message =
      `users of ${host.name} sign in at ${domain}, and everything on one domain can act as its users. ` +
      "Use another domain.";
    return [{ code: "taken", path: [...at, "domain"], message }];
  });
}
