import { base } from "../fixtures";

const git = (route: string) =>
  `${base}[services.git]\nip = "192.168.99.20"\nports = [80]\n[services.git.interface.route]\n${route}\n`;
const beside = (route: string, other: string) =>
  `${git(route)}[services.wiki]\nip = "192.168.99.21"\nports = [80]\n[services.wiki.interface.route]\n${other}\n`;
const authentik = '[core_services.authentik]\nip = "192.168.99.12"\n';

/** What a proxy cannot do, or what would have no effect there. */
export const proxyCases: Record<string, [text: string]> = {
  "a header with a line break": [git('headers.X-A = "a\\nX-B: b"')],
  "a header that is neither text nor false": [git("headers.X-Frame-Options = true")],
  "a header's name with a colon": [git('headers."X-A:" = "a"')],
  "a header of the connection": [git('headers.Transfer-Encoding = "chunked"')],
  "one header in two spellings": [git('headers = { X-A = "a", x-a = "b" }')],
  "a header with a file of the proxy": [git('headers.X-A = "{file./etc/passwd}"')],
  "a header with a secret": [git('headers.X-A = "Bearer 7f3kq9vx2mzp4wtn8rld"')],
  "files outside of the folders for them": [git('root = "/etc"')],
  "files and an upstream": [git('root = "/srv/www"\nupstream = "192.168.99.20:80"')],
  "a redirect and files": [git('redirect = "https://a.nixmox.lan"\nroot = "/srv/www"')],
  "a redirect beside directives that answer": [
    git('redirect = "https://a.nixmox.lan"\nextra_config = "respond 204"'),
  ],
  "an upstream that nothing reaches": [
    git('upstream = "192.168.99.20:80"\nextra_config = "redir https://a.nixmox.lan"'),
  ],
  "a redirect to itself": [git('redirect = "https://git.nixmox.lan/login"')],
  "a redirect to what is no URL": [git('redirect = "javascript:alert(1)"')],
  "the status of no redirect": [git("redirect_status = 308")],
  "a status that is no redirect's": [
    git('redirect = "https://a.nixmox.lan"\nredirect_status = 200'),
  ],
  "TLS to no upstream": [git('root = "/srv/www"\nupstream_tls = true')],
  "a wildcard for the whole homelab": [git('domain = "*.nixmox.lan"')],
  "a wildcard in the middle": [git('domain = "a.*.nixmox.lan"')],
  "a guarded wildcard": [
    `${git('domain = "*.apps.nixmox.lan"')}auth.type = "forward_auth"\n${authentik}`,
  ],
  "a domain that two services serve differently": [
    beside('domain = "x.nixmox.lan"', 'domain = "x.nixmox.lan"\npath = "/wiki"\ntls = false'),
  ],
  "a guarded domain that another service shares": [
    `${beside('domain = "x.nixmox.lan"\nauth.type = "forward_auth"', 'domain = "x.nixmox.lan"\npath = "/wiki"')}${authentik}`,
  ],
  "the identity provider's own domain": [
    `${git('domain = "authentik.nixmox.lan"\npath = "/git"')}${authentik}`,
  ],
};
