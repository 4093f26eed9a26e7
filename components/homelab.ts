import type * as proxmox from "@muhlba91/pulumi-proxmoxve";
import * as pulumi from "@pulumi/pulumi";
import type { Files } from "../manifest/flake";
import { opensFor, visitorsOf } from "../manifest/graph/access";
import type { DeployStep } from "../manifest/graph/order";
import { externalRouteId, stepsOf } from "../manifest/graph/steps";
import { providerOf, signInProvider, signInsOf } from "../manifest/graph/uses";
import { subnetOf } from "../manifest/resolve/networks";
import { ownZones } from "../manifest/resolve/ownNames";
import type { ExternalRouteSpec, Manifest, ServiceSpec } from "../manifest/resolve/spec";
import type { Role } from "../manifest/schema/service";
import { renderHosts } from "../manifest/slice";
import { ownValue } from "../manifest/tables";
import type { Settings } from "../settings";
import type { CertificateAuthority } from "./certificateAuthority";
import { ExternalRoute } from "./externalRoute";
import { HostKeys } from "./hostKeys";
import { Ingress } from "./ingress";
import { placementOf } from "./placement";
import { NetworkRecords } from "./networkRecords";
import { describeGuest } from "./proxmox/mark";
import { directoryName } from "./resourceNames";
import { Rollout } from "./rollout";
import { scrapeTarget } from "./scrapeTarget";
import { Service } from "./service";
import { SharedSecrets } from "./sharedSecrets";
import { SshAgent } from "./sshAgent";
import { forwardPort, SshForward } from "./sshForward";
import { type SingleSignOn, singleSignOn } from "./sso";
import type { StackIdentity } from "./stackIdentity";
import { VolumeProvider } from "./volume";
import type { VolumeOptions } from "./volumes";

export interface HomelabArgs {
  readonly manifest: Manifest;
  readonly settings: Settings;
  readonly stack: StackIdentity;
  /** The flake's files, by host. */
  readonly flake: ReadonlyMap<string, Files>;
  readonly ca: CertificateAuthority;
  /** Where containers are created. */
  readonly provider: proxmox.Provider;
  /** Refuses to delete a container that is not ours. */
  readonly deletionGuard: pulumi.ResourceHook;
  /** Refuses to make a container's root disk smaller. */
  readonly shrinkGuard: pulumi.ResourceHook;
  /** Refuses to delete a volume of a container that stays. */
  readonly volumeGuard: pulumi.ResourceHook;
}

/** The services of a manifest, each created from what the manifest and the settings say about it. */
export class Homelab {
  private readonly services = new Map<string, Service>();
  /** Where people reach each service. */
  private readonly urls = new Map<string, readonly string[]>();
  /** Where people reach what is no service. */
  private readonly externalUrls = new Map<string, string>();
  private readonly rollout: Rollout;
  private readonly hostKeys = new HostKeys();
  private readonly sharedSecrets = new SharedSecrets();
  /** Where users sign in, once its host is declared. */
  private signOn: SingleSignOn | undefined;

  private readonly agent: SshAgent;
  /** Made with the first volume. */
  private volumeProvider: VolumeProvider | undefined;
  /** The names that need a zone of their own at the resolver. */
  private readonly zones: ReturnType<typeof ownZones>;

  constructor(private readonly args: HomelabArgs) {
    const { settings, stack } = args;
    this.zones = ownZones(args.manifest);
    this.agent = new SshAgent(settings.ssh.privateKeyFile, `.nixmox/ssh-agent/${stack.name}`);
    this.rollout = new Rollout(stepsOf(args.manifest));
  }

  /** Creates one part of a service's deployment, or a route to what is no service. */
  deploy(step: DeployStep): void {
    if (step.phase === "route") return this.publishExternal(step.route);
    const { service, phase } = step;
    const phases = {
      deploy: () => this.create(service),
      publish: () => this.publish(service.name),
      monitor: () => this.monitor(service.name),
    };
    phases[phase]();
  }

  /** @throws if a part was left out */
  assertComplete(): void {
    this.rollout.assertComplete();
  }

  get caCertificate(): pulumi.Output<string> {
    return this.args.ca.certificate;
  }

  /** What people want to know about each service. */
  outputs() {
    return Object.fromEntries(
      [...this.services].map(([name, { spec, container }]) => [
        name,
        {
          address: spec.ip,
          hostname: spec.hostname,
          node: container.node,
          vmid: spec.vmid,
          urls: this.urls.get(name) ?? [],
        },
      ]),
    );
  }

  /** Where people reach what is no service. */
  routeOutputs() {
    return Object.fromEntries(this.externalUrls);
  }

  /** Where users sign in, and who they are; nothing without an identity provider. */
  signOnOutputs() {
    const { manifest } = this.args;
    const { url } = providerOf(manifest, "sso")?.sign_on ?? {};
    return url === undefined ? undefined : { url, users: Object.keys(manifest.users) };
  }

  /** The secrets of each service by name. */
  secrets() {
    const sso = providerOf(this.args.manifest, "sso")?.name;
    return Object.fromEntries(
      [...this.services].map(([name, service]) => [
        name,
        { ...service.secrets, ...(name === sso && this.signOn?.passwords) },
      ]),
    );
  }

  private create(spec: ServiceSpec): void {
    const { manifest, settings, stack, provider, ca } = this.args;
    const { name, formerly } = spec;
    const { node, bridge, datastore } = placementOf(manifest, spec, settings);
    const service = new Service(
      name,
      {
        spec,
        step: this.rollout.stepsOf(name),
        container: {
          ...settings.container,
          network: manifest.network,
          subnet: subnetOf(manifest, spec)!,
          node,
          bridge,
          datastore,
          sshKeys: [...new Set([settings.ssh.publicKey, ...manifest.network.ssh_keys])],
          description: this.describe(spec),
          keyComment: stack.keyCommentFor(spec, node),
        },
        containerOptions: this.containerOptions(spec),
        volumeOptions: () => this.volumeOptions(),
        ssh: {
          ...settings.ssh,
          privateKeyFile: settings.ssh.namedKeyFile,
          chosenHostKey: settings.hostKeys.get(name),
          hostKeys: this.hostKeys,
          agent: this.agent,
        },
        files: this.filesOf(spec),
        ca,
        chosenSecrets: settings.secrets.apply((chosen) => ownValue(chosen, name) ?? {}),
        sharedSecrets: this.sharedSecrets,
        others: this.services,
        opens: opensFor(manifest, spec).map((other) => other.name),
        visitors: visitorsOf(manifest, spec).map(({ name: comment, address, ...ports }) => ({
          source: address,
          comment,
          ...ports,
        })),
        signOn: signInProvider(manifest, spec) && this.signOn,
        build: { attempts: manifest.retry_attempts, delay: manifest.retry_delay },
        healthTimeout: manifest.health_check_timeout,
      },
      { providers: [provider], aliases: formerly.map((former) => ({ name: former })) },
    );
    this.services.set(name, service);
    this.createDirectory(service);
    this.createRecords(service);
  }

  /** Tells the resolver the names that are no service's. */
  private createRecords(service: Service): void {
    const { manifest } = this.args;
    const { name } = service.spec;
    this.rollout.stepsOf(name)("records", (dependsOn) => [
      new NetworkRecords(
        `${name}-network`,
        { resolver: service.host, manifest },
        { parent: service, dependsOn },
      ),
    ]);
  }

  /** What an identity provider knows of users, groups and clients, told through its own host. */
  private createDirectory(service: Service): void {
    const { manifest, settings } = this.args;
    const { name, ip: address, sign_on } = service.spec;
    this.rollout.stepsOf(name)("directory", (dependsOn) => {
      const forward = new SshForward({
        address,
        hostKey: service.host.hostKey.stdout,
        jump: settings.ssh.jump,
        agent: this.agent,
        remotePort: sign_on!.api_port,
        localPort: forwardPort(address),
      });
      this.signOn = singleSignOn(
        directoryName(name),
        {
          spec: { name, sign_on: sign_on! },
          host: service.host,
          container: service.container,
          secrets: service.secretFiles,
          url: forward.listen(),
          groups: manifest.groups,
          users: manifest.users,
          signIns: signInsOf(manifest),
          chosenPasswords: settings.secrets.apply((chosen) => ownValue(chosen, name) ?? {}),
        },
        { parent: service, dependsOn },
      );
      return [this.signOn];
    });
  }

  private publish(name: string): void {
    const service = this.services.get(name)!;
    // What only its routes need is declared here, since the provider may come after the service.
    if (this.signOn && !signInProvider(this.args.manifest, service.spec)) {
      service.signIn(this.rollout.stepsOf(name), this.signOn);
    }
    const ingress = new Ingress({
      service,
      step: this.rollout.stepsOf(name),
      proxy: this.provider("proxy"),
      resolver: this.provider("dns"),
      zones: this.zones,
    });
    this.urls.set(name, ingress.urls);
  }

  private publishExternal(route: ExternalRouteSpec): void {
    const { url } = new ExternalRoute(`${route.name}-route`, {
      route,
      step: this.rollout.stepsOf(externalRouteId(route.name)),
      proxy: this.provider("proxy")!,
      resolver: this.provider("dns")!,
      zones: this.zones,
      signOn: this.signOn,
    });
    this.externalUrls.set(route.name, url);
  }

  private monitor(name: string): void {
    const service = this.services.get(name)!;
    const { host } = this.provider("monitoring")!;
    this.rollout.stepsOf(name)("monitored", (dependsOn) => [
      scrapeTarget(`${name}-scrape`, host, service.spec, { parent: service, dependsOn }),
    ]);
  }

  private provider(role: Role): Service | undefined {
    return this.services.get(providerOf(this.args.manifest, role)?.name ?? "");
  }

  private describe({ name: service, version, vmid }: ServiceSpec): pulumi.Output<string> {
    const { name: stack, id } = this.args.stack;
    return id.apply((stackId) => describeGuest({ service, stack, stackId, vmid }, version));
  }

  private containerOptions(spec: ServiceSpec) {
    const { manifest, settings, stack, deletionGuard, shrinkGuard } = this.args;
    const { protect, allowReplace } = settings;
    const { hooks, dependsOn } = stack.afterPreflight();
    return {
      protect: protect && spec.stateful && !allowReplace.includes(spec.name),
      hooks: {
        ...hooks,
        beforeUpdate: [shrinkGuard, ...hooks.beforeUpdate],
        beforeDelete: [deletionGuard],
      },
      dependsOn: [...dependsOn, ...this.throttle(placementOf(manifest, spec, settings).node)],
    };
  }

  private volumeOptions(): VolumeOptions {
    const { settings, stack, volumeGuard } = this.args;
    const { hooks, dependsOn } = stack.afterPreflight();
    this.volumeProvider ??= new VolumeProvider("volumes", settings.proxmox, { hooks, dependsOn });
    const provider = this.volumeProvider;
    return { provider, hooks: { ...hooks, beforeDelete: [volumeGuard] } };
  }

  /** The container that the next one on its node waits for; none while there is room. */
  private throttle(node: string): pulumi.Resource[] {
    const queue = [...this.services.values()]
      .map(({ container }) => container)
      .filter((container) => container.node === node);
    const before = queue.at(-this.args.settings.parallelCreates);
    return before ? [before] : [];
  }

  /** The flake as a service's host gets it. */
  private filesOf(spec: ServiceSpec) {
    const { manifest, settings, flake, ca } = this.args;
    const files = flake.get(spec.name)!;
    const slice = renderHosts(manifest, [spec], [settings.ssh.publicKey]);
    return ca.certificate.apply((certificate) => ({
      ...files,
      "nixos/manifest.json": slice,
      "ca.crt": certificate,
    }));
  }
}
