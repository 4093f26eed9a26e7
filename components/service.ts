import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { environmentLine } from "../manifest/environmentFile";
import type { Files } from "../manifest/flake";
import { byProtocol, grantedPorts } from "../manifest/graph/access";
import { databaseSecret } from "../manifest/resolve/paths";
import { secretId } from "../manifest/secretId";
import type { DatabaseSpec, SecretSpec, ServiceSpec } from "../manifest/resolve/spec";
import { mapValues, ownValue } from "../manifest/tables";
import type { CertificateAuthority } from "./certificateAuthority";
import { Container, containerFirewall, type ContainerArgs } from "./container";
import { Database } from "./database";
import { healthGate } from "./healthGate";
import { NixosSystem } from "./nixosSystem";
import { type AccessArgs, RemoteHost, type RemoteHostArgs } from "./remoteHost";
import { databaseName, secretFileName, secretValueName, signInName } from "./resourceNames";
import type { RunStep } from "./rollout";
import { renderScript } from "./script";
import { generateValue } from "./secretValue";
import type { SharedSecrets } from "./sharedSecrets";
import type { SingleSignOn } from "./sso";
import { createVolumes, type VolumeOptions } from "./volumes";

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
  /** Options for its disks beside the root disk; asked for only if it has some. */
  readonly volumeOptions: () => VolumeOptions;
  /** How to log in to its host. */
  readonly ssh: Pick<
    RemoteHostArgs,
    "agent" | "privateKeyFile" | "timeout" | "chosenHostKey" | "hostKeys" | "jump"
  >;
  /** The flake as its host gets it. */
  readonly files: pulumi.Input<Files>;
  /** Issues the certificates that the service needs. */
  readonly ca: CertificateAuthority;
  /** Secrets chosen by hand instead of generated ones, by name. */
  readonly chosenSecrets: pulumi.Output<Readonly<Record<string, string>>>;
  /** The values that services share. */
  readonly sharedSecrets: SharedSecrets;
  /** The services declared before this one, by name. */
  readonly others: ReadonlyMap<string, Service>;
  /** Names of those whose ports must be opened to this one. */
  readonly opens: readonly string[];
  /** Who else may reach this one's host. */
  readonly visitors: readonly AccessArgs[];
  /** Where its users sign in, if it needs that before it starts. */
  readonly signOn: SingleSignOn | undefined;
  /** Attempts at a build, and the seconds between two of them. */
  readonly build: { readonly attempts: number; readonly delay: number };
  /** Seconds that the health gate may take. */
  readonly healthTimeout: number;
}

/** A secret of a service: its value, the file that holds it, and what changes with the file. */
export interface Secret {
  readonly value: pulumi.Output<string>;
  readonly path: string;
  readonly file: command.remote.Command;
  readonly version: pulumi.Output<string>;
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
  /** Those of them that are its own, with their files. */
  readonly secretFiles: Readonly<Record<string, Secret>>;
  /** What it has at database servers, by key. */
  readonly databases: Readonly<Record<string, Database>>;
  /** What its host runs. */
  readonly system: NixosSystem;

  constructor(name: string, args: ServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nixmox:index:Service", name, {}, opts);
    this.spec = args.spec;
    this.container = this.createContainer(name, args);
    this.host = this.awaitHost(name, args);
    this.addVolumes(name, args);
    const { secrets, certificates } = this.writeSecrets(name, args);
    this.secretFiles = secrets;
    this.openAccess(name, args);
    if (args.signOn) this.signIn(args.step, args.signOn);
    this.databases = this.createDatabases(args);
    this.system = this.configure(name, args);
    this.checkHealth(name, args, secrets, [
      this.system.active,
      ...Object.values(this.databases).map(({ secretVersion }) => secretVersion),
      ...Object.values(secrets).map(({ version }) => version),
      ...certificates.map(({ stdout }) => pulumi.unsecret(stdout)),
    ]);
    this.letVisitorsIn(name, args);

    this.secrets = {
      ...mapValues(this.databases, ({ password }) => password, databaseSecret),
      ...mapValues(secrets, ({ value }) => value),
    };
    this.registerOutputs({
      address: this.spec.ip,
      hostname: this.spec.hostname,
      node: this.container.node,
      vmid: this.spec.vmid,
      // Also known of a service that the manifest no longer has.
      stateful: this.spec.stateful,
    });
  }

  /** Tells the identity provider where the service's users sign in. */
  signIn(step: RunStep, signOn: SingleSignOn): void {
    const { sign_ins: signIns, routes } = this.spec.interface;
    step("sign_in", (dependsOn) =>
      Object.entries(signIns).map(([key, signIn]) => {
        const secret = signIn.client?.secret;
        const [guarded] = signIn.routes;
        return signOn.signIn(
          signInName(this.spec.name, key),
          {
            signIn,
            clientSecret: secret === undefined ? undefined : this.secretFiles[secret]!.value,
            guard: guarded === undefined ? undefined : routes[guarded]!.guard,
          },
          { parent: this, dependsOn },
        );
      }),
    );
  }

  /** Lets another service's host reach this one's ports. */
  allowFrom(
    name: string,
    { spec }: Service,
    opts: pulumi.CustomResourceOptions,
  ): command.remote.Command {
    const ports = byProtocol(grantedPorts(this.spec));
    const accesses = ports.map((list) => ({ source: spec.ip, ...list, comment: spec.name }));
    return this.host.allow(name, accesses, opts);
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
      // The others look at containers alone.
      const { beforeCreate } = containerOptions.hooks ?? {};
      const firewall = containerFirewall(
        `${name}-container-firewall`,
        created,
        { node: container.node, vmid: spec.vmid },
        { hooks: { beforeCreate, beforeUpdate: beforeCreate }, parent: this, dependsOn: [created] },
      );
      return [created, firewall];
    });
    return created;
  }

  private awaitHost(
    name: string,
    { spec, step, ssh, container: { keyComment } }: ServiceArgs,
  ): RemoteHost {
    let host!: RemoteHost;
    step("host", (dependsOn) => {
      const { ip: address, vmid, formerly } = spec;
      const identity = formerly[0] ?? name;
      const args = { address, vmid, identity, keyComment, container: this.container, ...ssh };
      host = new RemoteHost(name, args, { parent: this, dependsOn });
      return [host.hostKey];
    });
    return host;
  }

  private addVolumes(name: string, { spec, step, container, volumeOptions }: ServiceArgs): void {
    step("volumes", (dependsOn) =>
      createVolumes(
        name,
        { spec, container: this.container, host: this.host, datastore: container.datastore },
        { ...volumeOptions(), parent: this, dependsOn },
      ),
    );
  }

  private writeSecrets(name: string, args: ServiceArgs) {
    let secrets: Record<string, Secret> = {};
    let certificates: readonly command.remote.Command[] = [];
    args.step("secrets", (dependsOn) => {
      secrets = mapValues(args.spec.interface.secrets, (secret, key) => {
        const value = this.secretValue(name, key, secret, args, dependsOn);
        const file = this.host.secretFile(
          secretFileName(name, key),
          { ...secret, value: fileContent(secret, value) },
          { parent: this, dependsOn },
        );
        return { value, path: secret.path, file, version: pulumi.unsecret(file.stdout) };
      });
      certificates = this.writeCertificates(name, args, { parent: this, dependsOn });
      return [...Object.values(secrets).map(({ file }) => file), ...certificates];
    });
    return { secrets, certificates };
  }

  private writeCertificates(
    name: string,
    { spec: { authority, certificate, hostname, unit }, ca }: ServiceArgs,
    opts: pulumi.CustomResourceOptions,
  ): command.remote.Command[] {
    const written: command.remote.Command[] = [];
    if (authority) {
      const pair = ca.intermediate(`${name}-authority`, opts);
      const files = { ...authority, pair, restart: [unit] };
      written.push(...this.host.certificateFiles(`${name}-authority`, files, opts));
    }
    if (certificate) {
      const pair = ca.server(`${name}-certificate`, hostname, opts);
      const files = { ...certificate, pair, restart: [unit] };
      written.push(...this.host.certificateFiles(`${name}-certificate`, files, opts));
    }
    return written;
  }

  private secretValue(
    name: string,
    key: string,
    secret: SecretSpec,
    { chosenSecrets, sharedSecrets }: ServiceArgs,
    dependsOn: pulumi.Resource[],
  ): pulumi.Output<string> {
    if (secret.from !== undefined) return pulumi.secret(sharedSecrets.get(secret.from));
    const chosen = chosenSecrets.apply((all) => ownValue(all, key));
    const generated = secret.generate
      ? generateValue(secretValueName(name, key), secret, { parent: this, dependsOn })
      : chosen;
    const value = pulumi.all([chosen, generated]).apply(([own, made]) => (own ?? made)!);
    sharedSecrets.set(secretId(name, key), pulumi.secret(value));
    return pulumi.secret(value);
  }

  /** On each host that this service depends on, its address may reach that service's ports. */
  private openAccess(name: string, { step, opens, others }: ServiceArgs): void {
    step("access", (dependsOn) =>
      opens.map((other) =>
        others.get(other)!.allowFrom(`${name}-access-${other}`, this, { parent: this, dependsOn }),
      ),
    );
  }

  private createDatabases(args: ServiceArgs): Record<string, Database> {
    const { spec, step, others, chosenSecrets } = args;
    let databases: Record<string, Database> = {};
    step("database", (dependsOn) => {
      // One after the other, since each restarts the service when its password changes, and must
      // not do so while another one's password is not in its file yet.
      let previous: Database[] = [];
      databases = mapValues(spec.interface.dbs, (database, key) => {
        const created = new Database(
          databaseName(spec, key),
          {
            server: others.get(database.service)!.host,
            serverSystem: others.get(database.service)!.system.active,
            shared: sharedOf(database, others),
            host: this.host,
            database,
            restart: [spec.unit],
            chosenPassword: chosenSecrets.apply((chosen) => ownValue(chosen, databaseSecret(key))),
          },
          { parent: this, dependsOn: [...dependsOn, ...previous] },
        );
        previous = [created];
        return created;
      });
      return Object.values(databases);
    });
    return databases;
  }

  private configure(name: string, { spec, step, files, build }: ServiceArgs): NixosSystem {
    return new NixosSystem(
      `${name}-system`,
      { host: this.host, configuration: spec.name, files, step, reboot: spec.reboot, ...build },
      { parent: this },
    );
  }

  private checkHealth(
    name: string,
    { spec, step, healthTimeout: deadline }: ServiceArgs,
    secrets: Readonly<Record<string, Secret>>,
    versions: readonly pulumi.Output<string>[],
  ): void {
    const {
      unit,
      interface: { health },
    } = spec;
    step("healthy", (dependsOn) => {
      const applied = this.applySecrets(name, spec, secrets, dependsOn);
      const gate = healthGate(
        `${name}-health`,
        this.host,
        { service: spec.name, unit, health, deadline, versions },
        { parent: this, dependsOn: [...dependsOn, ...applied] },
      );
      return [gate];
    });
  }

  /** Runs the commands of those secrets that the service does not read when it starts. */
  private applySecrets(
    name: string,
    spec: ServiceSpec,
    secrets: Readonly<Record<string, Secret>>,
    dependsOn: pulumi.Resource[],
  ): command.remote.Command[] {
    return Object.entries(spec.interface.secrets).flatMap(([key, { apply }]) => {
      if (apply === undefined) return [];
      const create = secrets[key]!.version.apply((version) =>
        renderScript("apply-secret", spec.name, key, apply, version),
      );
      return [this.host.run(`${name}-apply-${key}`, { create }, { parent: this, dependsOn })];
    });
  }

  private letVisitorsIn(name: string, { step, visitors }: ServiceArgs): void {
    step("firewall", (dependsOn) => [
      this.host.allow(`${name}-firewall`, visitors, { parent: this, dependsOn }),
    ]);
  }
}

/** What a secret's file has: the value alone, or the line that sets a variable to it. */
function fileContent({ env }: SecretSpec, value: pulumi.Output<string>): pulumi.Output<string> {
  return env === undefined ? value : value.apply((text) => environmentLine(env, text));
}

/** The database of which another service's host is the second one. */
function sharedOf(
  { access, of }: DatabaseSpec,
  others: ServiceArgs["others"],
): Database | undefined {
  return access === "share" && of ? others.get(of.service)!.databases[of.key] : undefined;
}
