import type { ExternalRouteInput } from "../schema/manifest";
import type { Faulty } from "../schema/parse";
import type { Context, FaultyManifest, PlacedService } from "./context";
import { authorityPath } from "./paths";
import { resolveRoute } from "./routes";
import { resolveSignIns } from "./signIns";
import type { ExternalRouteSpec, UpstreamTrust } from "./spec";

type Input = NonNullable<Faulty<ExternalRouteInput>>;

/** The routes to what is no service, in the order of the file. */
export function resolveExternalRoutes(
  context: Context,
  { routes = {} }: FaultyManifest,
): ExternalRouteSpec<undefined>[] {
  return Object.entries(routes).map(([name, route]) =>
    resolveExternalRoute(context, name, route ?? {}),
  );
}

function resolveExternalRoute(
  context: Context,
  name: string,
  input: Input,
): ExternalRouteSpec<undefined> {
  const { upstream, upstream_tls: tls, ...written } = input;
  const target = upstream === undefined ? undefined : parseUpstream(upstream);
  // Its keys mean what they mean for the only route of a service.
  const entry = { interface: { routes: { default: written }, auth: written.auth } };
  const owner: PlacedService = { name, path: ["routes", name], entry };
  const route = {
    ...resolveRoute(context, owner, "default"),
    upstream: target?.address,
    reaches: target ? [target.address] : [],
    upstream_tls: target?.isTls ?? false,
  };
  const { signIns, guards } = resolveSignIns(context, owner, { default: route });
  return {
    name,
    ...route,
    ...(guards.default && { guard: guards.default }),
    ...(signIns.default && { sign_in: signIns.default }),
    ...(target?.isTls && { trust: resolveTrust(context, name, tls, target.host) }),
  };
}

function resolveTrust(
  { certificates }: Context,
  route: string,
  tls: Input["upstream_tls"],
  host: string,
): UpstreamTrust<undefined> {
  const { insecure = false, ca: file, server_name: name } = tls ?? {};
  const read = file === undefined ? undefined : certificates.get(file);
  return {
    insecure,
    server_name: name ?? host,
    ...(file !== undefined && {
      ca: {
        path: authorityPath(route),
        source: file,
        pem: read && "pem" in read ? read.pem : undefined,
      },
    }),
  };
}

/** What a URL without a path says; `host` is without the brackets of an IPv6 address. */
export function parseUpstream(url: string) {
  const [, scheme, host = "", port] =
    /^(?:(https?):\/\/)?(\[[^\]]+\]|[^:/]+)(?::(\d+))?$/i.exec(url) ?? [];
  const isTls = scheme?.toLowerCase() === "https";
  return {
    isTls,
    host: host.replace(/^\[(.*)\]$/, "$1").toLowerCase(),
    address: `${host.toLowerCase()}:${port ?? (isTls ? 443 : 80)}`,
  };
}
