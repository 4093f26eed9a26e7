import { base } from "../fixtures";

const route = (lines: string) => `${base}[routes.nas]\n${lines}\n`;

/** What is wrong with routes to devices. */
export const externalRouteCases: Record<string, [text: string, file?: string]> = {
  "a route to nowhere": [route("")],
  "a route to a path": [route('upstream = "http://192.168.1.20/admin"')],
  "a route to a port that does not exist": [route('upstream = "192.168.1.20:99999"')],
  "a route to a service's host": [route('upstream = "192.168.99.13:53"')],
  "a route to itself": [route('upstream = "https://nas.nixmox.lan"')],
  "a route to the proxy's own host": [route('upstream = "http://localhost:2019"')],
  "a route to a group of hosts": [route('upstream = "http://224.0.0.251"')],
  "a device that no public authority certifies": [route('upstream = "https://192.168.1.20"')],
  "a certificate of http": [route('upstream = "http://nas.lan"\nupstream_tls.insecure = true')],
  "a certificate that is checked and is not": [
    route('upstream = "https://nas.lan"\nupstream_tls = { insecure = true, ca = "manifest.toml" }'),
  ],
  "an authority's file that does not exist": [
    route('upstream = "https://nas.lan"\nupstream_tls.ca = "/nonexistent/nas.pem"'),
  ],
  "a device as a client": [
    route(
      'upstream = "http://nas.lan"\nauth = { type = "oidc", oidc = { redirect_uris = ["https://nas.nixmox.lan/"] } }',
    ),
  ],
  "a device's groups without a sign-in": [
    route('upstream = "http://nas.lan"\nauth.groups = ["family"]'),
  ],
  "a device's sign-in without an identity provider": [
    route('upstream = "http://nas.lan"\nauth.type = "forward_auth"'),
  ],
  "a device with a service's name": [
    `${base}[routes.dns]\ndomain = "x.nixmox.lan"\nupstream = "http://nas.lan"\n`,
  ],
  "a device at a service's domain": [
    `${route('upstream = "http://nas.lan"\ndomain = "git.nixmox.lan"')}` +
      '[services.git]\nip = "192.168.99.20"\nports = [80]\ninterface.route = {}\n',
  ],
};
