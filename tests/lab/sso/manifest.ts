import type { ProviderPages } from "./pages";
import { publicClient } from "./publicClient";
import { sites } from "./signOnLab";

const spa = publicClient();

/** The hosts of the tests' own services, by name; one of them passes its connections on to a port here. */
export const hosts = (port: number): Readonly<Record<string, string>> => ({
  ...spa.hosts,
  probe: forwardingHost("probe", port),
});

/** What a test changes of the manifest below. */
export interface Changes {
  /** Carl has left the operators. */
  readonly carlLeft?: boolean;
  /** A second redirect URI of Miniflux's client. */
  readonly redirect?: string;
  /** Services that are there no more. */
  readonly removed?: readonly string[];
}

/**
 * The provider's table: all that a manifest shows of which one it is. Authentik's database goes with
 * it, since another installation, with other secrets, takes its place at the end.
 */
const providers: Readonly<Record<ProviderPages["kind"], string>> = {
  authentik: `[core_services.authentik]\nip = "192.168.99.12"\ninterface.db.on_remove = "drop"\n`,
  keycloak: `[core_services.keycloak]\nip = "192.168.99.20"\n`,
};

const network = `
[network]
domain = "nixmox.lan"
network_cidr = "192.168.99.0/24"
gateway = "192.168.99.1"
dns_server = "192.168.99.13"

[core_services.dns]
ip = "192.168.99.13"
ports = [53]
unit = "unbound.service"

[core_services.postgresql]
ip = "192.168.99.11"
ports = [5432]
interface.health.readiness = "runuser -u postgres -- pg_isready --quiet"

[core_services.caddy]
ip = "192.168.99.10"
ports = [443, 80]
`;

const people = (carlLeft: boolean) => `
[groups.readers]
description = "People who read"
[groups.operators]
[groups.maintainers]
admin = true

[users.anna]
name = "Anna Example"
groups = ["readers", "operators", "maintainers"]
[users.bob]
name = "Bob Example"
groups = ["readers"]
[users.eve]
name = "Eve Example"
[users.ian]
groups = ["readers"]
password = "invitation"
[users.carl]
name = "Carl Example"
groups = ["readers"${carlLeft ? "" : ', "operators"'}]
`;

const services = (redirect?: string): Readonly<Record<string, string>> => ({
  miniflux: `
[services.miniflux]
ip = "192.168.99.15"
ports = [8080]
[services.miniflux.interface]
db = {}
route.upstream_tls = true
health.readiness = "curl --fail --silent --max-time 5 https://miniflux.host.nixmox.lan:8080/healthcheck"
[services.miniflux.interface.auth]
type = "oidc"
groups = ["readers"]
oidc.redirect_uris = ["https://${sites.miniflux}/oauth2/oidc/callback"${redirect === undefined ? "" : `, "${redirect}"`}]
`,
  monitoring: `
[services.monitoring]
ip = "192.168.99.16"
ports = [9090, 9093]
unit = "prometheus.service"
[services.monitoring.interface]
routes.prometheus.upstream_tls = true
routes.prometheus.auth = { type = "forward_auth", groups = ["operators"] }
routes.prometheus.public_paths = ["/-/healthy"]
routes.alertmanager.upstream = "192.168.99.16:9093"
routes.alertmanager.upstream_tls = true
routes.alertmanager.auth = { type = "forward_auth", groups = ["operators"] }
`,
  forgejo: `
[services.forgejo]
ip = "192.168.99.17"
ports = [3000]
[services.forgejo.interface]
db = {}
route.domain = "${sites.git}"
[services.forgejo.interface.auth]
type = "oidc"
groups = ["readers"]
[services.forgejo.interface.auth.oidc]
redirect_uris = ["https://${sites.git}/user/oauth2/sso/callback"]
admin_group = "maintainers"
`,
  probe: `
[services.probe]
ip = "192.168.99.18"
ports = [8080]
[services.probe.interface]
routes.echo.domain = "${sites.echo}"
routes.echo.auth = { type = "forward_auth", groups = ["readers"] }
routes.ops.domain = "${sites.ops}"
routes.ops.auth = { type = "forward_auth", groups = ["operators"] }
routes.ops.public_paths = ["/open/*"]
`,
  // With fewer scopes than others, to see that it gets no more.
  spa: spa.manifest!.replace('"public",', '"public", scopes = ["openid", "profile"],'),
});

/** The homelab of the cases. Only the provider's table differs between the two. */
export function signOnManifest(kind: ProviderPages["kind"], changes: Changes = {}): string {
  const { carlLeft = false, redirect, removed = [] } = changes;
  const kept = Object.entries(services(redirect)).filter(([name]) => !removed.includes(name));
  return [network, providers[kind], people(carlLeft), ...kept.map(([, text]) => text)].join("\n");
}

/** The seed's manifest with one user, and with the unit of its resolver, whose name here is another one. */
export const seedManifest = `let
  seed = import ./seed.nix;
in
seed
// {
  users.anna = { };
  core_services = seed.core_services // {
    dns = seed.core_services.dns // {
      unit = "unbound.service";
    };
  };
}
`;

/** A host whose program runs on the machine of the tests, where one sees what reaches it. */
const forwardingHost = (name: string, port: number) => `{ config, ... }:
let
  inherit (config.nixmox) network service;
in
{
  systemd.services.${name} = {
    description = "A program on another machine";
    wantedBy = [ "multi-user.target" ];
    serviceConfig = {
      DynamicUser = true;
      ExecStart = "/bin/systemd-socket-activate --listen=\${service.ip}:8080 /lib/systemd/systemd-socket-proxyd \${network.gateway}:${port}";
    };
  };
  nixmox.sandbox.${name} = { };
}
`;
