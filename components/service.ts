import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { Manifest, Service as ServiceEntry } from "../manifest/resolve";
import { sliceOf } from "../manifest/slice";
import type { Settings } from "../settings";
import type { CertificateAuthority } from "./certificateAuthority";
import { Container } from "./container";
import { Database } from "./database";
import { FirewallRule } from "./firewallRule";
import { HealthGate } from "./healthGate";
import { NixosRebuild } from "./nixosRebuild";
import { RemoteHost } from "./remoteHost";
import { SecretFile } from "./secretFile";

export interface ServiceArgs {
  /** The service as the manifest has it. */
  readonly service: ServiceEntry;
  readonly manifest: Manifest;
  readonly settings: Settings;
  readonly ca: CertificateAuthority;
  /** The flake's files that the host needs, by path. */
  readonly flake: Readonly<Record<string, string>>;
  /** The services that this one uses, by name; they are made before. */
  readonly uses: ReadonlyMap<string, Service>;
  /** Containers to wait for, so that not too many are made at once on one node. */
  readonly containersBefore: readonly pulumi.Resource[];
}

/**
 * One service of the manifest on a container of its own: made, configured, with its databases and
 * secrets, and healthy. Its names and routes come with `Publication`.
 *
 * @example
 * new Service("miniflux", { service, manifest, settings, ca, flake, uses, containersBefore: [] }, {
 *   providers: [proxmox],
 * });
 */
export class Service extends pulumi.ComponentResource {
  readonly entry: ServiceEntry;
  readonly container: Container;
  readonly host: RemoteHost;
  /** Whoever uses the service waits for this. */
  readonly healthy: HealthGate;
  /** The service's secrets by name, its databases' passwords among them. */
  readonly secrets: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: ServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nixmox:index:Service", name, {}, opts);
    this.entry = args.service;

    this.container = this.makeContainer(name, args);
    this.host = this.awaitHost(name, args);
    const databases = this.makeDatabases(name, args);
    const secrets = this.writeSecrets(name, args);
    const access = this.openFirewalls(name, args);
    const system = this.rebuild(name, args, [
      ...Object.values(databases),
      ...Object.values(secrets).map(({ file }) => file),
      ...access,
      ...args.service.depends_on.map((other) => used(args, other).healthy),
    ]);
    this.healthy = this.checkHealth(name, args, [
      system.system,
      ...Object.values(databases).map(({ secretVersion }) => secretVersion),
      ...Object.values(secrets).map(({ file }) => file.version),
    ]);

    this.secrets = Object.fromEntries([
      ...Object.entries(databases).map(([key, { password }]) => [`database-${key}`, password]),
      ...Object.entries(secrets).map(([key, { value }]) => [key, value]),
    ]) as Record<string, pulumi.Output<string>>;
    this.registerOutputs({
      address: args.service.ip,
      hostname: args.service.hostname,
      node: this.container.node,
      vmid: args.service.vmid,
    });
  }

  private makeContainer(name: string, args: ServiceArgs): Container {
    const { service, manifest, settings } = args;
    return new Container(
      `${name}-container`,
      {
        service,
        network: manifest.network,
        node: settings.node,
        bridge: settings.bridge,
        datastore: settings.datastore,
        template: settings.template,
        templateType: settings.templateType,
        sshKeys: [...new Set([settings.sshPublicKey, ...manifest.network.ssh_keys])],
        protect: settings.protect && service.stateful && !settings.allowReplace.includes(name),
        after: args.containersBefore,
      },
      { parent: this },
    );
  }

  private awaitHost(name: string, { service, settings }: ServiceArgs): RemoteHost {
    return new RemoteHost(
      `${name}-host`,
      {
        address: service.ip,
        container: this.container.lxc,
        vmid: service.vmid,
        privateKey: settings.sshPrivateKey,
        privateKeyFile: settings.sshPrivateKeyFile,
        timeout: settings.sshTimeout,
      },
      { parent: this },
    );
  }

  private makeDatabases(name: string, args: ServiceArgs): Record<string, Database> {
    return Object.fromEntries(
      Object.entries(args.service.interface.dbs).map(([key, database]) => {
        const server = used(args, database.service);
        const made = new Database(
          key === (args.service.formerly[0] ?? name)
            ? `${name}-database`
            : `${name}-database-${key}`,
          {
            server: server.host,
            host: this.host,
            database,
            secretFile: `database-${key}`,
            restart: [args.service.unit],
            chosenPassword: chosen(args, `database-${key}`),
          },
          { parent: this, dependsOn: [server.healthy] },
        );
        return [key, made];
      }),
    );
  }

  /** Generated secrets, and, on the proxy's host, the key that it certifies names with. */
  private writeSecrets(name: string, args: ServiceArgs) {
    const { service, ca } = args;
    const generated = Object.entries(service.interface.secrets).map(([key, secret]) => {
      const password = new random.RandomPassword(
        `${name}-secret-${key}-value`,
        { length: secret.length, special: false },
        { parent: this },
      );
      const value = pulumi
        .all([chosen(args, key), password.result])
        .apply(([own, result]) => own ?? result);
      return [key, pulumi.secret(value), secret] as const;
    });
    const ownCa = service.provides.includes("proxy")
      ? [["ca-key", ca.privateKey, { restart: [service.unit] }] as const]
      : [];
    return Object.fromEntries(
      [...generated, ...ownCa].map(([key, value, { restart, ...rights }]) => {
        const file = new SecretFile(
          `${name}-secret-${key}`,
          { host: this.host, file: key, value, restart, ...rights },
          { parent: this },
        );
        return [key, { file, value }];
      }),
    );
  }

  /** On each host that this service depends on, its address may reach that service's ports. */
  private openFirewalls(name: string, args: ServiceArgs): FirewallRule[] {
    return args.service.depends_on
      .map((other) => used(args, other))
      .filter(({ entry }) => entry.ports.length > 0 && !isOpenToAll(entry))
      .map(
        ({ entry, host, healthy }) =>
          new FirewallRule(
            `${name}-access-${entry.name}`,
            { host, source: args.service.ip, ports: entry.ports, comment: name },
            { parent: this, dependsOn: [healthy] },
          ),
      );
  }

  private rebuild(name: string, args: ServiceArgs, activateAfter: pulumi.Resource[]): NixosRebuild {
    const { service, manifest, settings, ca, flake } = args;
    const slice = sliceOf(manifest, service, [settings.sshPublicKey]);
    const manifestJson = `${JSON.stringify(slice, null, 2)}\n`;
    return new NixosRebuild(
      `${name}-system`,
      {
        host: this.host,
        configuration: name,
        files: ca.certificate.apply((certificate) => ({
          ...flake,
          "manifest.json": manifestJson,
          "ca.crt": certificate,
        })),
        activateAfter,
        attempts: manifest.retry_attempts,
        delay: manifest.retry_delay,
      },
      { parent: this },
    );
  }

  private checkHealth(
    name: string,
    { service, manifest }: ServiceArgs,
    versions: pulumi.Output<string>[],
  ): HealthGate {
    return new HealthGate(
      `${name}-health`,
      {
        host: this.host,
        service: name,
        unit: service.unit,
        health: service.interface.health,
        deadline: manifest.health_check_timeout,
        versions,
      },
      { parent: this },
    );
  }
}

/** DNS and proxy serve the whole network; their own configuration opens them. */
function isOpenToAll({ provides }: ServiceEntry): boolean {
  return provides.includes("dns") || provides.includes("proxy");
}

function used({ uses }: ServiceArgs, name: string): Service {
  const service = uses.get(name);
  if (!service) throw new Error(`Unable to use service ${name}: it is not made yet.`);
  return service;
}

/** A secret that the stack's configuration gives by hand. */
function chosen(
  { settings, service }: ServiceArgs,
  key: string,
): pulumi.Output<string | undefined> {
  return settings.secrets.apply((all) => all[service.name]?.[key]);
}
