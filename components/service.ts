import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { Files } from "../manifest/flake";
import { databaseSecret } from "../manifest/resolve/paths";
import type { SecretSpec, ServiceSpec } from "../manifest/resolve/spec";
import { Container, type ContainerArgs } from "./container";
import { Database } from "./database";
import { healthGate } from "./healthGate";
import { NixosSystem } from "./nixosSystem";
import { type AccessArgs, RemoteHost, type RemoteHostArgs } from "./remoteHost";
import type { RunStep } from "./rollout";

export interface ServiceArgs {
  /** The service as the manifest has it. */
  readonly spec: ServiceSpec;
  /** Creates the service's steps, each after what it needs. */
  readonly step: RunStep;
  /** What the container needs beyond the service's own specification. */
  readonly container: Omit<ContainerArgs, "spec">;
  /** Options for the container alone: its protection, and containers that come before it. */
  readonly containerOptions: Pick<pulumi.CustomResourceOptions, "protect" | "hooks"> & {
    readonly dependsOn: readonly pulumi.Resource[];
  };
  /** How to log in to its host. */
  readonly ssh: Pick<RemoteHostArgs, "privateKey" | "privateKeyFile" | "timeout">;
  /** The flake as its host gets it. */
  readonly files: pulumi.Input<Files>;
  /** The key of the internal certificate authority, for services with a secret from that source. */
  readonly caKey: pulumi.Input<string>;
  /** Secrets chosen by hand instead of generated ones, by name. */
  readonly chosenSecrets: pulumi.Output<Readonly<Record<string, string>>>;
  /** The services declared before this one, by name. */
  readonly others: ReadonlyMap<string, Service>;
  /** Names of those whose ports must be opened to this one. */
  readonly opens: readonly string[];
  /** Which of the homelab's own services may reach this one's host. */
  readonly visitors: readonly AccessArgs[];
  /** Attempts at a build, and the seconds between two of them. */
  readonly build: { readonly attempts: number; readonly delay: number };
  /** Seconds that the health gate may take. */
  readonly healthTimeout: number;
}

/** A secret of a service: its value, and the file that holds it. */
interface Secret {
  readonly value: pulumi.Output<string>;
  readonly file: command.remote.Command;
}

/**
 * One service of the manifest in a container of its own: created, configured, with its databases and
 * secrets, and healthy. `Ingress` publishes it.
 */
export class Service extends pulumi.ComponentResource {
  readonly spec: ServiceSpec;
  readonly container: Container;
  readonly host: RemoteHost;
  /** The service's secrets by name, including its databases' passwords. */
  readonly secrets: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: ServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nixmox:index:Service", name, {}, opts);
    this.spec = args.spec;
    this.container = this.createContainer(name, args);
    this.host = this.awaitHost(name, args);
    const secrets = this.writeSecrets(name, args);
    this.openAccess(name, args);
    const databases = this.createDatabases(name, args);
    const system = this.configure(name, args);
    this.checkHealth(name, args, [
      system.active,
      ...Object.values(databases).map(({ secretVersion }) => secretVersion),
      ...Object.values(secrets).map(({ file }) => pulumi.unsecret(file.stdout)),
    ]);
    this.letVisitorsIn(name, args);

    this.secrets = {
      ...mapValues(databases, ({ password }) => password, databaseSecret),
      ...mapValues(secrets, ({ value }) => value),
    };
    this.registerOutputs({
      address: this.spec.ip,
      hostname: this.spec.hostname,
      node: this.container.node,
      vmid: this.spec.vmid,
    });
  }

  /** Lets another service's host reach this one's ports. */
  allowFrom(
    name: string,
    { spec }: Service,
    opts: pulumi.CustomResourceOptions,
  ): command.remote.Command {
    const access = { source: spec.ip, ports: this.spec.ports, comment: spec.name };
    return this.host.allow(name, [access], opts);
  }

  private createContainer(
    name: string,
    { spec, step, container, containerOptions }: ServiceArgs,
  ): Container {
    let created!: Container;
    step("container", (dependsOn) => {
      const after = [...dependsOn, ...containerOptions.dependsOn];
      created = new Container(
        `${name}-container`,
        { spec, ...container },
        { ...containerOptions, parent: this, dependsOn: after },
      );
      return [created];
    });
    return created;
  }

  private awaitHost(name: string, { spec, step, ssh }: ServiceArgs): RemoteHost {
    let host!: RemoteHost;
    step("host", (dependsOn) => {
      const { ip: address, vmid } = spec;
      const args = { address, vmid, container: this.container, ...ssh };
      host = new RemoteHost(name, args, { parent: this, dependsOn });
      return [host.hostKey];
    });
    return host;
  }

  private writeSecrets(name: string, args: ServiceArgs): Record<string, Secret> {
    let secrets: Record<string, Secret> = {};
    args.step("secrets", (dependsOn) => {
      secrets = mapValues(args.spec.interface.secrets, (secret, key) => {
        const value = this.secretValue(`${name}-secret-${key}`, key, secret, args, dependsOn);
        const file = this.host.secretFile(
          `${name}-secret-${key}`,
          { ...secret, value },
          { parent: this, dependsOn },
        );
        return { value, file };
      });
      return Object.values(secrets).map(({ file }) => file);
    });
    return secrets;
  }

  private secretValue(
    name: string,
    key: string,
    { source, length }: SecretSpec,
    { caKey, chosenSecrets }: ServiceArgs,
    dependsOn: pulumi.Resource[],
  ): pulumi.Output<string> {
    if (source === "ca-key") return pulumi.secret(caKey);
    const generated = new random.RandomPassword(
      `${name}-value`,
      { length: length!, special: false },
      { parent: this, dependsOn },
    );
    return pulumi.secret(
      pulumi
        .all([chosenSecrets, generated.result])
        .apply(([own, value]) => ownValue(own, key) ?? value),
    );
  }

  /** On each host that this service depends on, its address may reach that service's ports. */
  private openAccess(name: string, { step, opens, others }: ServiceArgs): void {
    step("access", (dependsOn) =>
      opens.map((other) =>
        others.get(other)!.allowFrom(`${name}-access-${other}`, this, { parent: this, dependsOn }),
      ),
    );
  }

  private createDatabases(name: string, args: ServiceArgs): Record<string, Database> {
    const { spec, step, others, chosenSecrets } = args;
    // The short form's database has no name of its own, so a renamed service keeps it.
    const main = spec.formerly[0] ?? spec.name;
    let databases: Record<string, Database> = {};
    step("database", (dependsOn) => {
      databases = mapValues(spec.interface.dbs, (database, key) => {
        return new Database(
          key === main ? `${name}-database` : `${name}-database-${key}`,
          {
            server: others.get(database.service)!.host,
            host: this.host,
            database,
            restart: [spec.unit],
            chosenPassword: chosenSecrets.apply((chosen) => ownValue(chosen, databaseSecret(key))),
          },
          { parent: this, dependsOn },
        );
      });
      return Object.values(databases);
    });
    return databases;
  }

  private configure(name: string, { spec, step, files, build }: ServiceArgs): NixosSystem {
    return new NixosSystem(
      `${name}-system`,
      { host: this.host, configuration: spec.name, files, step, ...build },
      { parent: this },
    );
  }

  private checkHealth(
    name: string,
    { spec, step, healthTimeout: deadline }: ServiceArgs,
    versions: readonly pulumi.Output<string>[],
  ): void {
    const {
      unit,
      interface: { health },
    } = spec;
    step("healthy", (dependsOn) => [
      healthGate(
        `${name}-health`,
        this.host,
        { service: spec.name, unit, health, deadline, versions },
        { parent: this, dependsOn },
      ),
    ]);
  }

  private letVisitorsIn(name: string, { step, visitors }: ServiceArgs): void {
    step("firewall", (dependsOn) => [
      this.host.allow(`${name}-firewall`, visitors, { parent: this, dependsOn }),
    ]);
  }
}

/** The value of a name that a table itself has, unlike `constructor`, which every object has. */
function ownValue<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** A table with changed values and, if asked for, changed names. */
function mapValues<In, Out>(
  table: Readonly<Record<string, In>>,
  change: (value: In, key: string) => Out,
  rename: (key: string) => string = (key) => key,
): Record<string, Out> {
  return Object.fromEntries(
    Object.entries(table).map(([key, value]) => [rename(key), change(value, key)]),
  );
}
