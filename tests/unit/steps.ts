import type { Step, StepKind } from "../../manifest/graph/steps";

/** The resources of each step, as the ends of their names after the service's. */
const parts: Readonly<Record<StepKind, RegExp>> = {
  container: /^container$/,
  host: /^host-key$/,
  volumes: /^volume-.*$/,
  build: /^system-build$/,
  secrets: /^(secret-(?!.*-value$).*|(authority|certificate)-(file|key))$/,
  access: /^access-.*$/,
  database: /^database(-[\w-]+)?-(role|extensions|sessions|access|firewall|secret)$/,
  sign_in: /^sign-in(-.+)?$/,
  switch: /^system-(switch|boot)$/,
  healthy: /^(apply-.*|health)$/,
  directory: /^directory(-.+)?$/,
  records: /^network-records$/,
  firewall: /^firewall$/,
  published: /^dns-records$/,
  monitored: /^scrape$/,
};

/** Those of a route to a device. */
const externalParts: Readonly<Partial<Record<StepKind, RegExp>>> = {
  sign_in: /^sign-in$/,
  published: /^(authority|records)$/,
};

/** The names of the resources that are a step's, out of all names. */
export function leavesOf({ service, kind }: Step, names: readonly string[]): string[] {
  const [, route] = /^routes\.(.*)$/.exec(service) ?? [];
  const prefix = route === undefined ? `${service}-` : `${route}-route-`;
  const part = route === undefined ? parts[kind] : externalParts[kind];
  return names.filter((name) =>
    site.test(name)
      ? kind === "published" && isSiteOf(route ?? service, name, names)
      : name.startsWith(prefix) && part?.test(name.slice(prefix.length)),
  );
}

/** A path of a domain on the proxy, whose service only the component above it is named after. */
const site = /^.*?-route-([^/]+?)(\/.*)?-site$/;

function isSiteOf(service: string, name: string, names: readonly string[]): boolean {
  return names.includes(`${service}-route-${site.exec(name)![1]!}`);
}
