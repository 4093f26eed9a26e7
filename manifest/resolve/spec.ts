import type { Auth, Resources } from "../schema/manifest";
import type { Faulty } from "../schema/parse";
import type { passwordKinds } from "../schema/people";
import type { secretFormats } from "../schema/secrets";
import type { PortRange } from "../schema/ports";
import type { Role } from "../schema/service";
import type { Reboot } from "../schema/values";
import type { DatabaseNeeds, DatabaseSpec } from "./databaseSpec";
import type { AlertingSpec, MetricsSpec } from "./monitoringSpec";
import type { NodeSpec, SubnetSpec, VolumeSpec } from "./placementSpec";
import type { ZoneType } from "../schema/dns";
import type { DeviceSpec, ForwarderSpec, RecordSpec } from "./dnsSpec";
import type { GuardSpec, SignInSpec, SignOnSpec } from "./signOnSpec";

/**
 * A resolved manifest: every value, whether written, defaulted or derived, under the key where it
 * can be written. `Gap` is `undefined` while the manifest is being checked, since it is not
 * known what a wrong value should have been, and `never` once it is valid.
 */
export interface Manifest<Gap = never> {
  readonly network: NetworkSpec<Gap>;
  /** The networks beside the default one, by name. */
  readonly networks: Readonly<Record<string, SubnetSpec<Gap>>>;
  /** What the manifest says about nodes of Proxmox VE, by name. */
  readonly nodes: Readonly<Record<string, NodeSpec>>;
  readonly devices: Readonly<Record<string, DeviceSpec<Gap>>>;
  readonly groups: Readonly<Record<string, GroupSpec>>;
  readonly users: Readonly<Record<string, UserSpec<Gap>>>;
  /** The enabled services, core services first, in the order of the file. */
  readonly services: readonly ServiceSpec<Gap>[];
  /** The routes to what is no service. */
  readonly routes: readonly ExternalRouteSpec<Gap>[];
  /** The services that are switched off. */
  readonly disabled: readonly DisabledService[];
  readonly health_check_timeout: number | Gap;
  readonly retry_attempts: number | Gap;
  readonly retry_delay: number | Gap;
}

/** A table that is passed on as it is. */
type Whole<T, Gap> = [Gap] extends [never] ? T : Faulty<T>;

export interface NetworkSpec<Gap = never> {
  readonly domain: string | Gap;
  readonly network_cidr: string | Gap;
  readonly gateway: string | Gap;
  readonly dns_server: string | Gap;
  /** Networks that may ask the homelab's resolver, its own included; none is inside another. */
  readonly dns_clients: readonly string[];
  /** What the resolver says of names below the domain that it does not have. */
  readonly dns_zone: ZoneType | Gap;
  readonly dns_forwarders: readonly ForwarderSpec[];
  /** Resolvers for a zone of their own, by zone. */
  readonly forward: Readonly<Record<string, readonly ForwarderSpec[]>>;
  readonly records: readonly RecordSpec[];
  readonly vlan_tag?: number | undefined;
  readonly bridge?: string | undefined;
  readonly mtu?: number | undefined;
  readonly firewall: boolean | Gap;
  readonly time_zone: string | Gap;
  /** What sets up the network of a running host. */
  readonly managed_by: "proxmox" | "nixos" | Gap;
  readonly ssh_from: readonly string[];
  readonly ssh_keys: readonly string[];
  /** Zones of the network's addresses: 99.168.192.in-addr.arpa for 192.168.99.0/24. */
  readonly reverse_zones: readonly string[];
}

export interface DisabledService {
  readonly name: string;
  readonly core: boolean;
  readonly formerly: readonly string[];
  readonly ip: string | undefined;
  readonly provides: readonly Role[];
}

export interface ServiceSpec<Gap = never> {
  readonly name: string;
  /** Whether it is one of `core_services`. */
  readonly core: boolean;
  readonly ip: string | Gap;
  /** The host's own full name. */
  readonly hostname: string | Gap;
  readonly depends_on: readonly string[];
  readonly ports: readonly PortSpec<Gap>[];
  readonly provides: readonly Role[];
  readonly vmid: number | Gap;
  readonly node?: string | undefined;
  /** Its name in `networks`; nothing for the default network. */
  readonly network?: string | undefined;
  readonly bridge?: string | undefined;
  readonly datastore?: string | undefined;
  readonly resources: Whole<Resources, Gap>;
  /** Disks beside the root disk, by name. */
  readonly volumes: Readonly<Record<string, VolumeSpec<Gap>>>;
  readonly onboot: boolean | Gap;
  /** Whether a deployment may reboot its host for a system that cannot be activated otherwise. */
  readonly reboot: Reboot;
  readonly start: boolean | Gap;
  readonly stateful: boolean;
  /** The systemd unit that is the service. */
  readonly unit: string;
  /** Folders of `nixos/modules` that its host imports. */
  readonly modules: readonly string[];
  /** Its earlier names, oldest first. */
  readonly formerly: readonly string[];
  /** Version of its program, where its module can choose one. */
  readonly version?: string | undefined;
  /** Release of NixOS whose defaults its data was created with, where that is not the host's to know. */
  readonly state_version?: string | undefined;
  /** Resolvers that its host uses. */
  readonly nameservers: readonly string[];
  /** A database server's: connections that it accepts from all services together. */
  readonly max_connections?: number | undefined;
  /** A database server's: what its databases need besides PostgreSQL. */
  readonly database_needs?: DatabaseNeeds | undefined;
  /** A proxy's own authority, which certifies the names of its routes. */
  readonly authority?: CertificatePaths | undefined;
  /** The certificate for `hostname` of a service that serves TLS itself. */
  readonly certificate?: CertificatePaths | undefined;
  /** An identity provider's: how it is reached, and what else it runs. */
  readonly sign_on?: SignOnSpec<Gap> | undefined;
  readonly interface: {
    readonly dbs: Readonly<Record<string, DatabaseSpec<Gap>>>;
    readonly routes: Readonly<Record<string, RouteSpec<Gap>>>;
    readonly auth: Whole<Auth, Gap>;
    /**
     * Where its users sign in: `default` at the service, otherwise by the route's name; a guard beside
     * a client of the same route is `guard` or `<route>-guard`.
     */
    readonly sign_ins: Readonly<Record<string, SignInSpec<Gap>>>;
    readonly health: HealthSpec<Gap>;
    readonly secrets: Readonly<Record<string, SecretSpec<Gap>>>;
    readonly metrics: Readonly<Record<string, MetricsSpec<Gap>>>;
    readonly alerting?: AlertingSpec<Gap> | undefined;
  };
}

/** Ports that a service listens on. */
export interface PortSpec<Gap = never> extends PortRange {
  /** Who may reach them, beyond those that need to: as written, and the address or network. */
  readonly from: readonly { readonly name: string; readonly address: string | Gap }[];
}

/** A public name and path of a service. */
export interface RouteSpec<Gap = never> {
  readonly domain: string | Gap;
  readonly path: string | Gap;
  /** None if the proxy answers by itself, or `extra_config` says how. */
  readonly upstream?: string | Gap | undefined;
  /** Addresses and ports that requests are passed to: the upstream, or those that `extra_config` names. */
  readonly reaches: readonly string[];
  readonly tls: boolean | Gap;
  /** Whether the service serves TLS at `upstream`. */
  readonly upstream_tls: boolean | Gap;
  /** How the certificate of a device is checked there; a service's is the homelab's own. */
  readonly trust?: UpstreamTrust<Gap> | undefined;
  readonly authz: boolean | Gap;
  /** How users sign in here: the route's own setting, or the service's. */
  readonly auth: Whole<Auth, Gap>;
  /** Paths that need no sign-in; a `*` at the end stands for any text. */
  readonly public_paths: readonly string[];
  /** How the proxy asks whether a request may pass; none if it always may. */
  readonly guard?: GuardSpec<Gap> | undefined;
  readonly extra_config: string | Gap;
  /** Headers of answers that are set, or taken out. */
  readonly headers: Readonly<Record<string, string | false>>;
  /** Folder on the proxy's host whose files are served. */
  readonly root?: string | undefined;
  /** Where requests are redirected to. */
  readonly redirect?: string | undefined;
  readonly redirect_status: number | Gap;
  /** What people open in a browser. */
  readonly url: string | Gap;
}

/** A public name and path of a device, which is no container of the manifest. */
export interface ExternalRouteSpec<Gap = never> extends RouteSpec<Gap> {
  readonly name: string;
  /** Where users sign in before the proxy lets them in. */
  readonly sign_in?: SignInSpec<Gap> | undefined;
}

/** Which certificate of an upstream is accepted. */
export interface UpstreamTrust<Gap = never> {
  /** Any is. */
  readonly insecure: boolean | Gap;
  /** The name in it. */
  readonly server_name: string | Gap;
  /** The authority that it must come from; without one, any public one. */
  readonly ca?: AuthorityFile<Gap> | undefined;
}

/** Certificates in a file on the proxy. */
export interface AuthorityFile<Gap = never> {
  /** Full path there. */
  readonly path: string;
  /** Of a device's: the file that the manifest names, and what it holds. */
  readonly source?: string | undefined;
  readonly pem?: string | Gap | undefined;
}

export type { VolumeSpec } from "./placementSpec";
export type { DeviceSpec, ForwarderSpec, RecordSpec } from "./dnsSpec";
export type { DatabaseNeeds, DatabaseSpec, ExtensionSpec } from "./databaseSpec";
export type { GuardSpec, OidcClientSpec, SignInSpec, SignOnSpec } from "./signOnSpec";

export interface GroupSpec {
  readonly description: string;
  /** Whether its members administer the identity provider. */
  readonly admin: boolean;
}

export interface UserSpec<Gap = never> {
  readonly name: string;
  readonly email: string | Gap;
  readonly groups: readonly string[];
  readonly password: (typeof passwordKinds)[number] | Gap;
}

export interface HealthSpec<Gap = never> {
  readonly startup: string;
  readonly readiness: string;
  readonly interval: number | Gap;
  readonly timeout: number | Gap;
  readonly retries: number | Gap;
}

/** A secret of a service, in a file on its host. What is shared is said as its own service says it. */
export interface SecretSpec<Gap = never> {
  /** Whether the value is generated; otherwise a person gives it. */
  readonly generate: boolean | Gap;
  /** The secret whose value this one has, as `service.secret`. */
  readonly from?: string | undefined;
  readonly format: (typeof secretFormats)[number] | Gap;
  /** Characters of an alphanumeric value; otherwise random bytes. */
  readonly length: number | Gap;
  /** The variable that the file sets; if undefined, the file has the value alone. */
  readonly env?: string | undefined;
  readonly owner: string | Gap;
  readonly mode: string | Gap;
  /** Units that read the file when they start. */
  readonly restart: readonly string[];
  /** Command that makes the service use a new value, if a restart of these units does not. */
  readonly apply?: string | undefined;
  /** Command that succeeds if the service accepts the value on its stdin. */
  readonly verify?: string | undefined;
  readonly path: string;
}

/** The files on a host that hold a certificate of the internal CA and its key. */
export interface CertificatePaths {
  readonly certificate_file: string;
  readonly key_file: string;
}

/** Where a value came from: the manifest's text, a key's default, or other values. */
export type Origin = "manifest" | "default" | "derived";
