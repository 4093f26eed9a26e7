import { resolve } from "node:path";
import { providerOf } from "../manifest/graph/uses";
import { loadManifest } from "../manifest/load";
import type { Manifest, ServiceSpec } from "../manifest/resolve/spec";
import { readNetworkFile } from "../settings/networkFile";
import { readProxyJump, type SshProxyJump } from "../settings/sshProxyJump";
import type { Pulumi } from "./pulumi";

/** What the status shows about a service. */
export interface DeployedService {
  readonly name: string;
  readonly address: string;
  readonly node: string;
  readonly urls: readonly string[];
  /** Names of its generated secrets. */
  readonly secrets: readonly string[];
  /** Who administers it with the secret `admin-password`. */
  readonly administrator: string;
  /** Whether its users sign in at the identity provider. */
  readonly hasSignIn: boolean;
  /** Shell commands that succeed on the host of a healthy service, in this order. */
  readonly checks: readonly string[];
  /** Seconds that a check may take. */
  readonly timeout: number;
  /** The SSH host key that the stack pinned; none while the host is not deployed. */
  readonly hostKey?: string;
}

/** How commands log in to hosts. */
export interface Login {
  /** Private key that logs in to every host. */
  readonly privateKeyFile: string;
  /** What every login goes through; nothing if hosts are reached directly. */
  readonly jump?: SshProxyJump | undefined;
}

/** A stack as its configuration, its manifest and its state describe it. */
export interface DeployedStack extends Login {
  readonly services: readonly DeployedService[];
  readonly dnsServer: string;
  readonly domain: string;
  readonly signOn?: DeployedSignOn | undefined;
}

/** The identity provider, and who signs in there. */
export interface DeployedSignOn {
  readonly service: string;
  readonly users: readonly { readonly name: string; readonly isInvited: boolean }[];
}

/** What `pulumi stack export` prints, as far as it is read here. */
export interface ExportedStack {
  readonly deployment: { readonly resources?: readonly ExportedResource[] };
}

interface ExportedResource {
  readonly urn: string;
  readonly type: string;
  /** Pending deletion. */
  readonly delete?: boolean;
  /** When it was created, and when it changed last. */
  readonly created?: string;
  readonly modified?: string;
  readonly inputs?: { readonly create?: unknown };
  readonly outputs?: { readonly stdout?: unknown };
}

/** A stack's plain configuration, its manifest and its state. */
export interface Deployment {
  readonly config: (name: string) => string;
  readonly manifest: Manifest;
  readonly state: ExportedStack;
}

/** Reads what a stack consists of. */
export async function readDeployment(pulumi: Pulumi, stack: string): Promise<Deployment> {
  const { project } = pulumi.workspace;
  const config = await readConfig(pulumi, stack);
  const { manifest } = loadManifest(resolve(project, config("manifest")), {
    networkCidrs: networksOf(project, config("networkFile")),
    vmidBase: Number(config("vmidBase")),
  });
  const exported = await pulumi.read(["stack", "export", "--stack", stack]);
  return { config, manifest, state: JSON.parse(exported) as ExportedStack };
}

/** Programs whose administrator has a name of its own, by module. */
const administrators: Readonly<Record<string, string>> = {
  authentik: "akadmin",
  forgejo: "nixmox",
};

function administratorOf({ modules }: ServiceSpec): string {
  return modules.flatMap((module) => administrators[module] ?? [])[0] ?? "admin";
}

/** Reads a stack without changing anything. */
export async function readStack(pulumi: Pulumi, stack: string): Promise<DeployedStack> {
  const { project } = pulumi.workspace;
  const { config, manifest, state } = await readDeployment(pulumi, stack);
  const hostKeys = hostKeyLookup(state);
  const services = manifest.services.map((service) => ({
    name: service.name,
    address: service.ip,
    node: service.node ?? config("node"),
    urls: Object.values(service.interface.routes).map(({ url }) => url),
    secrets: Object.keys(service.interface.secrets),
    administrator: administratorOf(service),
    hasSignIn: Object.keys(service.interface.sign_ins).length > 0,
    checks: [service.interface.health.startup, service.interface.health.readiness],
    timeout: service.interface.health.timeout,
    hostKey: hostKeys(service.ip),
  }));
  const { dns_server: dnsServer, domain } = manifest.network;
  return { services, ...loginOf(project, config), dnsServer, domain, signOn: signOnOf(manifest) };
}

/** How commands log in to a stack's hosts. */
export function loginOf(project: string, config: Deployment["config"]): Login {
  const faults: string[] = [];
  const jump = readProxyJump(config("sshProxyJump"), config("sshProxyHostKey"), faults);
  if (faults.length > 0) throw new Error(`Unable to log in to hosts: ${faults.join(" ")}`);
  return { privateKeyFile: resolve(project, config("sshPrivateKeyFile")), jump };
}

function signOnOf(manifest: Manifest): DeployedSignOn | undefined {
  const service = providerOf(manifest, "sso");
  if (!service?.sign_on) return undefined;
  const users = Object.entries(manifest.users).map(([name, { password }]) => ({
    name,
    isInvited: password === "invitation",
  }));
  return { service: service.name, users };
}

/** The plain values of a stack's configuration; `Pulumi.yaml` has the defaults. */
async function readConfig(pulumi: Pulumi, stack: string) {
  const printed = await pulumi.read(["config", "--json", "--stack", stack]);
  const values = JSON.parse(printed) as Record<string, { value?: string }>;
  return (name: string): string => {
    const key = `nixmox:${name}`;
    const value = values[key]?.value;
    if (value !== undefined) return value;
    throw new Error(
      `Unable to read the stack ${stack}: ${key} is missing. ` +
        `Run \`pulumi config set ${key} VALUE --stack ${stack}\`.`,
    );
  };
}

/** The networks that replace those of the manifest. */
function networksOf(project: string, file: string) {
  return file === "" ? {} : readNetworkFile(resolve(project, file));
}

const HOST_KEY = /^ssh-ed25519 [A-Za-z0-9+/]+={0,2}$/;

/**
 * Looks up an address's host key in a stack's state. It is the output of the local command that
 * pinned it, whose text names the address.
 */
export function hostKeyLookup({ deployment }: ExportedStack): (ip: string) => string | undefined {
  const pinned = (deployment.resources ?? []).flatMap((resource) => {
    const create = resource.inputs?.create;
    const stdout = resource.outputs?.stdout;
    if (resource.type !== "command:local:Command" || resource.delete === true) return [];
    if (typeof create !== "string" || typeof stdout !== "string") return [];
    return HOST_KEY.test(stdout) ? [{ words: create.split(/[\s'"]+/), key: stdout }] : [];
  });
  return (ip) => pinned.find(({ words }) => words.includes(ip))?.key;
}
