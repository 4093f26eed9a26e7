import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderRoute } from "../components/proxyRoute";
import type { RouteSpec } from "../manifest/resolve/spec";

const script = join(__dirname, "../nixos/modules/caddy/assemble-sites.sh");

/** The fragments of one service's routes at one domain, in their order. */
export function renderRoutes(
  routes: readonly RouteSpec[],
  hostname = "notes.host.nixmox.lan",
): string[] {
  const guards = routes.flatMap(({ guard }) => guard ?? []);
  return routes.map((route) => renderRoute(route, { hostname, guards }));
}

/** What the proxy makes of fragments in a folder. */
export function assembleSites(directory: string): string {
  const env = { PATH: process.env.PATH, directory, suffix: ".caddy" };
  return execFileSync("bash", ["-euo", "pipefail", script], { env, encoding: "utf8" });
}

/** Writes fragments into a new folder below another one, and returns the sites that they form. */
export function sitesOf(fragments: readonly string[], home: string): string {
  const directory = mkdtempSync(join(home, "sites-"));
  fragments.forEach((text, i) => writeFileSync(join(directory, `route-${i}.caddy`), text));
  return assembleSites(directory);
}
