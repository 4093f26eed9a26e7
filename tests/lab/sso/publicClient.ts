import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Additions } from "../homelab/homelab";

const read = (path: string) => readFileSync(join(__dirname, path), "utf8");

/** A text as Nix has it between quotes. */
function nixString(text: string): string {
  return JSON.stringify(text).replaceAll("${", "\\${");
}

/** Where the client is, and where it comes back to. */
export const publicClientUrl = "https://spa.nixmox.lan/";

/**
 * The service `spa`: a page with a public client of its own, which signs in with PKCE and shows the
 * claims that it gets. `#state` says "signed out", "signed in" or "failed: ...", `#sign-in` and
 * `#sign-out` are buttons, and `#id-token` and `#user-info` have the claims as JSON.
 *
 * @param groups whose members may sign in
 */
export function publicClient(...groups: readonly string[]): Additions {
  const manifest = `
[services.spa]
ip = "192.168.99.40"
ports = [8080]
[services.spa.interface]
route = {}
[services.spa.interface.auth]
type = "oidc"
groups = ${JSON.stringify(groups)}
oidc = { client_type = "public", redirect_uris = ["${publicClientUrl}"] }
`;
  const host = read("publicClient.nix")
    .replace('"@index@"', () => nixString(read("publicClient/index.html")))
    .replace('"@app@"', () => nixString(read("publicClient/app.mjs")));
  return { manifest, hosts: { spa: host } };
}
