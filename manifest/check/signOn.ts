import { mainRouteOf, signOnKindOf } from "../conventions";
import { isFoundation, providerOf } from "../graph/uses";
import type { Issue, Path } from "../issue";
import type { ServiceSpec } from "../resolve/spec";
import { type SignOnKind, signOnKinds } from "../schema/auth";
import { authsOf } from "./auths";
import { type CheckContext, pathOf } from "./context";

/** The identity provider is one that is known, and published where its users look for it. */
export function checkSignOn(context: CheckContext, service: ServiceSpec<undefined>): Issue[] {
  const { manifest, isFaulty, place } = context;
  if (providerOf(manifest, "sso") !== service) return [];
  const base = pathOf(service);
  if (isFaulty([...base, "modules"]) || isFaulty([...base, "provides"])) return [];
  const kind = signOnKindOf(service.modules);
  if (kind === undefined) {
    const message =
      `${service.name} has the role "sso", but runs neither Authentik nor Keycloak. ` +
      'Set modules = ["authentik"], or ["keycloak"].';
    return [{ code: "unknown-provider", path: base, message }];
  }
  const own = authsOf(context, service).filter(({ auth }) => auth.type !== "none");
  const { routes } = service.interface;
  const key = mainRouteOf(Object.keys(routes));
  const main = routes[key];
  const at = [...base, "interface", "routes", key];
  return [
    ...own.map(({ at: path }): Issue => {
      const message = `${service.name} is the identity provider itself. Remove ${place(path)}.`;
      return { code: "asks-itself", path, message };
    }),
    ...(main?.path !== undefined && main.path !== "/" && !isFaulty([...at, "path"])
      ? [unpublished([...at, "path"], `${service.name} works only at the root of its domain`)]
      : []),
    ...(main?.tls === false
      ? [unpublished([...at, "tls"], "passwords would be sent without encryption")]
      : []),
    ...checkOutposts(context, kind),
  ];
}

function unpublished(path: Path, why: string): Issue {
  return { code: "insecure", path, message: `${why}. Remove this.` };
}

function checkOutposts({ isFaulty, written }: CheckContext, kind: SignOnKind): Issue[] {
  if (kind === "authentik") return [];
  return ["ldap", "radius"].flatMap((outpost): Issue[] => {
    const path = ["network", "outposts", outpost];
    if (written(path) === undefined || isFaulty(path)) return [];
    const message = "Keycloak has no such server. Remove it, or use Authentik.";
    return [{ code: "no-provider", path, message }];
  });
}

/** What a service says about its identity provider is true, and it can wait for it. */
export function checkSignOnOf(context: CheckContext, service: ServiceSpec<undefined>): Issue[] {
  const { manifest } = context;
  const sso = providerOf(manifest, "sso");
  if (!sso || sso === service) return [];
  const kind = signOnKindOf(sso.modules);
  return authsOf(context, service).flatMap(({ auth, at }): Issue[] => {
    if (auth.provider !== undefined && kind !== undefined && auth.provider !== kind) {
      const others = signOnKinds.filter((each) => each !== kind).join(" or ");
      const message = `the identity provider is ${sso.name}, not ${others}. Remove provider.`;
      return [{ code: "wrong-provider", path: [...at, "provider"], message }];
    }
    if (auth.type !== "oidc" || !isFoundation(manifest, service, sso)) return [];
    const message =
      `${service.name} has to be up before ${sso.name}, so it cannot be its client. ` +
      'Use "forward_auth".';
    return [{ code: "no-sign-in", path: [...at, "type"], message }];
  });
}
