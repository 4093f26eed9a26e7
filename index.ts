import * as proxmox from "@muhlba91/pulumi-proxmoxve";
import * as pulumi from "@pulumi/pulumi";
import { CertificateAuthority } from "./components/certificateAuthority";
import { verifiedToken } from "./components/proxmoxAccess";
import { Publication } from "./components/publication";
import { ScrapeTarget } from "./components/scrapeTarget";
import { Service } from "./components/service";
import { flakeFiles } from "./manifest/flake";
import { deploymentOrder, providerOf } from "./manifest/graph";
import { loadManifest } from "./manifest/load";
import type { Role } from "./manifest/manifestSchema";
import { hasSignIn, type Manifest, type Service as Entry } from "./manifest/resolve";
import { readSettings, type Settings } from "./settings";

const settings = readSettings();
const manifest = readManifest(settings);
checkNames(settings, manifest);
const flakes = new Map(
  manifest.services.map(({ name }) => [name, refusing(() => flakeFiles(__dirname, name))]),
);

const provider = new proxmox.Provider("proxmox", {
  endpoint: settings.endpoint,
  apiToken: verifiedToken(settings, nodesOf(settings, manifest)),
  insecure: settings.insecure,
});
const ca = new CertificateAuthority("nixmox-ca", { domain: manifest.network.domain });

const made = new Map<string, Service>();
const publications = new Map<string, Publication>();

const provided = (role: Role) => made.get(providerOf(manifest, role)?.name ?? "");

for (const { service, phase } of deploymentOrder(manifest)) {
  const turns = { start, publish, monitor };
  turns[phase](service);
}

/** Each service's address, names and URLs. */
export const services = Object.fromEntries(
  [...made].map(([name, { entry, container }]) => [
    name,
    {
      address: entry.ip,
      hostname: entry.hostname,
      node: container.node,
      vmid: entry.vmid,
      urls: publications.get(name)?.urls ?? [],
    },
  ]),
);

/** Generated passwords by service: `pulumi stack output secrets --show-secrets`. */
export const secrets = pulumi.secret(
  Object.fromEntries([...made].map(([name, service]) => [name, service.secrets])),
);

/** The certificate to trust in browsers: `pulumi stack output caCertificate`. */
export const caCertificate = ca.certificate;

/** The service on its container, up to its health gate. */
function start(service: Entry): void {
  const { name, formerly } = service;
  const started = new Service(
    name,
    {
      service,
      manifest,
      settings,
      ca,
      flake: flakes.get(name)!,
      uses: made,
      containersBefore: laneBefore(service.node ?? settings.node),
    },
    { providers: [provider], aliases: formerly.map((former) => ({ name: former })) },
  );
  made.set(name, started);
}

/** Its names and routes. */
function publish({ name }: Entry): void {
  const service = made.get(name)!;
  const publication = new Publication(
    `${name}-public`,
    { service, provider: provided },
    { parent: service },
  );
  publications.set(name, publication);
}

/** Its place among what the monitoring service watches. */
function monitor({ name }: Entry): void {
  const [{ host, healthy }, watcher] = [made.get(name)!, provided("monitoring")!];
  new ScrapeTarget(
    `${name}-scrape`,
    { monitoring: watcher.host, host, service: name },
    { parent: made.get(name)!, dependsOn: [healthy, watcher.healthy] },
  );
}

function readManifest({ manifest: file, networkCidr }: Settings): Manifest {
  const loaded = refusing(() =>
    loadManifest(file, networkCidr === undefined ? {} : { networkCidr }),
  );
  for (const warning of loaded.warnings) void pulumi.log.warn(warning);
  const open = loaded.manifest.services.find(hasSignIn);
  if (open) {
    throw new pulumi.RunError(
      `Unable to protect service ${open.name}: single sign-on is not made yet, and without it the ` +
        `service would be open. Remove its interface.auth, or set enable = false.`,
    );
  }
  return loaded.manifest;
}

/** The nodes that containers are to be on. */
function nodesOf({ node }: Settings, { services: all }: Manifest): string[] {
  return [...new Set(all.map((service) => service.node ?? node))];
}

/** Names in the stack's configuration must be ones that the manifest has, or they would do nothing. */
function checkNames({ allowReplace, secretNames }: Settings, manifest: Manifest): void {
  const { services: all, disabled } = manifest;
  const secretsOf = all.flatMap(({ name, interface: { dbs, secrets: own } }) => [
    ...Object.keys(own).map((key) => `${name}.${key}`),
    ...Object.keys(dbs).map((key) => `${name}.database-${key}`),
  ]);
  const unknown = [
    ...secretNames
      .filter((name) => !secretsOf.includes(name) && !disabled.includes(name.split(".")[0]!))
      .map(
        (name) => `nixmox:secrets.${name} is no secret of the manifest (${secretsOf.join(", ")}).`,
      ),
  ];
  // Left over once the service is gone, which is what it was for.
  for (const name of allowReplace.filter((each) => !all.some((service) => service.name === each))) {
    void pulumi.log.warn(
      `nixmox:allowReplace names ${name}, which is no enabled service: take it out.`,
    );
  }
  if (unknown.length > 0) {
    throw new pulumi.RunError(
      `Unable to use the stack's configuration:\n${unknown.map((l) => `  ${l}`).join("\n")}\n` +
        "Mend it with `pulumi config rm --path` and `pulumi config set --path`.",
    );
  }
}

/** Lets an error of the user's input end the run with its message alone. */
function refusing<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new pulumi.RunError((error as Error).message);
  }
}

/** The container whose place in its node's queue the next one takes; none while there is room. */
function laneBefore(node: string): pulumi.Resource[] {
  const queue = [...made.values()].map((s) => s.container).filter((c) => c.node === node);
  const before = queue.at(-settings.parallelCreates);
  return before ? [before] : [];
}
