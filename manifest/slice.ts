import { shortName } from "./resolve/addresses";
import { subnetOf, subnetsOf } from "./resolve/networks";
import { isPrivate } from "./resolve/cidrs";
import { forwardersOf } from "./resolve/dns";
import { foreignResolvers } from "./resolve/network";
import { providerOf, usesOf } from "./graph/uses";
import { nodeExporterPort, stateDirectory } from "./resolve/paths";
import { tcpPorts } from "./resolve/tcpPorts";
import { mapValues } from "./tables";
import type { CertificatePaths, DatabaseSpec, Manifest, ServiceSpec } from "./resolve/spec";

/**
 * What Nix knows about one host: the options `nixmox.*` of `nixos/modules/base/options.nix`, decided
 * here and nowhere else. Of other services, a host knows only who and where they are, and only those
 * that it talks to: a change elsewhere leaves its slice unchanged, so it is not rebuilt.
 */
export function sliceOf(manifest: Manifest, service: ServiceSpec, sshKeys: readonly string[] = []) {
  const { network } = manifest;
  const subnet = subnetOf(manifest, service)!;
  const { name, ip, hostname, ports, provides, unit, modules, nameservers } = service;
  const listens = ports.map(({ from, ...range }) => ({ ...range, restricted: from.length > 0 }));
  const { dbs, routes, secrets } = service.interface;
  const hosts = new Map(manifest.services.map((each) => [each.name, each.hostname]));
  return {
    service: {
      name,
      ip,
      hostname,
      hostName: shortName(hostname),
      ports: tcpPorts(ports),
      listens,
      provides,
      unit,
      modules,
      version: service.version ?? null,
    },
    stateVersion: service.state_version,
    network: {
      domain: network.domain,
      cidr: subnet.cidr,
      gateway: subnet.gateway,
      nameservers,
      // Names outside the homelab can be resolved without its own resolver.
      foreignNameservers: foreignResolvers(network, subnet).filter(
        (each) => !nameservers.includes(each),
      ),
      forwardedZones: Object.keys(network.forward),
      mtu: subnet.mtu ?? null,
      managedBy: network.managed_by,
      timeZone: network.time_zone,
      sshSources: network.ssh_from,
      sshKeys: [...new Set([...network.ssh_keys, ...sshKeys])],
    },
    databases: databasesOf(dbs, hosts, (access) => access !== "read"),
    readDatabases: databasesOf(dbs, hosts, (access) => access === "read"),
    routes: mapValues(routes, ({ domain, path, upstream, upstream_tls, tls, url, guard }) => ({
      domain,
      path,
      upstream: upstream ?? null,
      upstreamTls: upstream_tls,
      tls,
      url,
      guarded: guard !== undefined,
    })),
    resolver: resolverOf(manifest, service),
    signIns: clientsOf(service),
    signOn: signOnOf(manifest, service),
    secrets: mapValues(secrets, ({ path, owner, mode, env = null }) => ({
      path,
      owner,
      mode,
      env,
    })),
    volumes: mapValues(service.volumes, ({ path }) => ({ path })),
    metrics: service.interface.metrics,
    alerting: alertingOf(service),
    maxConnections: service.max_connections ?? null,
    databaseExtensions: (service.database_needs?.extensions ?? []).map(
      ({ name: extension, package: from, known, preload, wanted_by: wantedBy }) => ({
        name: extension,
        package: from ?? null,
        known,
        preload: preload ?? null,
        wantedBy,
      }),
    ),
    databaseLocales: service.database_needs?.locales ?? [],
    authority: asFiles(service.authority),
    certificate: asFiles(service.certificate),
    exporterPort: nodeExporterPort,
    stateDirectory,
    peers: Object.fromEntries(peersOf(manifest, service).map((peer) => [peer.name, asPeer(peer)])),
  };
}

/** What the host of the homelab's resolver answers, asks and lets in; null on other hosts. */
function resolverOf(manifest: Manifest, { provides }: ServiceSpec) {
  if (!provides.includes("dns")) return null;
  const { dns_clients, dns_zone } = manifest.network;
  return {
    clients: dns_clients,
    zoneType: dns_zone,
    reverseZones: [...new Set(subnetsOf(manifest).flatMap(({ reverse_zones: zones }) => zones))],
    forwards: forwardersOf(manifest).map(({ zone, list }) => ({
      zone,
      forwarders: list.map(({ address, port, tls_name: tls }) => ({
        address,
        port,
        tlsName: tls ?? null,
      })),
      dnssec: list.every(({ dnssec }) => dnssec),
      // What an inside resolver knows may be inside.
      isInside: list.some(({ address }) => isPrivate(address)),
    })),
  };
}

/** A service's databases, or those that it only reads. */
function databasesOf(
  dbs: ServiceSpec["interface"]["dbs"],
  hosts: ReadonlyMap<string, string>,
  isWanted: (access: DatabaseSpec["access"]) => boolean,
) {
  const wanted = Object.entries(dbs).filter(([, { access }]) => isWanted(access));
  return mapValues(Object.fromEntries(wanted), (database) => ({
    service: database.service,
    name: database.name,
    role: database.role,
    host: hosts.get(database.service)!,
    address: database.host,
    port: database.port,
    additionalNames: database.additionaldbs,
    extensions: database.extensions,
    passwordFile: database.password_file,
  }));
}

/** The sign-ins of which the service is a client; what the proxy guards needs nothing on its host. */
function clientsOf({ interface: { sign_ins } }: ServiceSpec) {
  const clients = Object.entries(sign_ins).flatMap(([key, { client, ...signIn }]) =>
    client ? [[key, { ...signIn, client }] as const] : [],
  );
  return mapValues(Object.fromEntries(clients), ({ groups, client }) => ({
    groups,
    issuer: client.issuer,
    clientId: client.client_id,
    clientType: client.client_type,
    clientSecretFile: client.secret_file ?? null,
    redirectUris: client.redirect_uris,
    scopes: client.scopes,
    usernameClaim: client.username_claim,
    groupsClaim: client.groups_claim,
    adminGroup: client.admin_group ?? null,
  }));
}

/** What an identity provider's own host knows about it; null on other hosts. */
function signOnOf({ network }: Manifest, { sign_on: signOn }: ServiceSpec) {
  if (!signOn) return null;
  const { kind, domain, url, realm } = signOn;
  const { ldap, radius } = signOn.outposts;
  return {
    kind,
    domain,
    url,
    realm,
    apiPort: signOn.api_port,
    forwardAuthPort: signOn.forward_auth_port,
    cookieDomain: `.${network.domain}`,
    outposts: {
      ldap: ldap ? { tokenFile: ldap.token_file } : null,
      radius: radius
        ? { clientNetworks: radius.client_networks, tokenFile: radius.token_file }
        : null,
    },
  };
}

/** What a monitoring service's host knows of its alerts; null on other hosts. */
function alertingOf({ provides, interface: { alerting } }: ServiceSpec) {
  if (!provides.includes("monitoring")) return null;
  const { receivers = {}, rules = {} } = alerting ?? {};
  return {
    receivers: mapValues(receivers, ({ severities, resolved, webhook, email }) => ({
      severities,
      resolved,
      webhook: webhook
        ? {
            url: webhook.url ?? null,
            urlSecret: webhook.url_from ?? null,
            bearerSecret: webhook.bearer_from ?? null,
          }
        : null,
      email: email
        ? {
            to: email.to,
            from: email.from,
            server: email.server,
            user: email.user ?? null,
            passwordSecret: email.password_from ?? null,
          }
        : null,
    })),
    rules: mapValues(rules, (rule) => ({
      enable: rule.enable,
      expr: rule.expr ?? null,
      for: rule.for ?? null,
      severity: rule.severity ?? null,
      summary: rule.summary ?? null,
    })),
  };
}

/** `nixos/manifest.json`: the slices of some hosts, by name. */
export function renderHosts(
  manifest: Manifest,
  services: readonly ServiceSpec[] = manifest.services,
  sshKeys: readonly string[] = [],
): string {
  const hosts = Object.fromEntries(
    services.map((service) => [service.name, sliceOf(manifest, service, sshKeys)]),
  );
  return `${JSON.stringify({ hosts }, null, 2)}\n`;
}

/** The services that a service talks to: those that it uses, the proxy of its routes, and who reads its metrics. */
function peersOf(manifest: Manifest, service: ServiceSpec): ServiceSpec[] {
  const isRouted = Object.keys(service.interface.routes).length > 0;
  const proxy = isRouted ? providerOf(manifest, "proxy") : undefined;
  const isScraped = Object.keys(service.interface.metrics).length > 0;
  const monitoring = isScraped ? providerOf(manifest, "monitoring") : undefined;
  const others = [proxy, monitoring].flatMap((each) => each?.name ?? []);
  const names = new Set([...usesOf(manifest, service), ...others]);
  return manifest.services.filter((other) => other !== service && names.has(other.name));
}

function asPeer({ ip, hostname, ports, provides }: ServiceSpec) {
  return { ip, hostname, ports: tcpPorts(ports), provides };
}

function asFiles(paths: CertificatePaths | undefined) {
  return paths ? { certFile: paths.certificate_file, keyFile: paths.key_file } : null;
}
