import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import type { Path } from "../../manifest/issue";
import type { Manifest } from "../../manifest/resolve/spec";
import { pathOf } from "../../manifest/check/context";
import type { Settings } from "../../settings";
import { formsOf } from "../secretValue";
import { KnownSecrets } from "./knownSecrets";
import { type Monitor, resourceName, type RegisterResponse, registrationOf } from "./monitor";
import { type Registration, reveal, tableOf } from "./registration";
import { type Rule, specOf } from "./rule";
import { openPorts } from "./rules/openPorts";
import { pinnedHostKeys } from "./rules/pinnedHostKeys";
import { findPlainSecrets, plainSecrets } from "./rules/plainSecrets";
import { protectedState } from "./rules/protectedState";
import { tls } from "./rules/tls";
import { unprivileged } from "./rules/unprivileged";
import { Violations } from "./violations";

/** What holds for every resource that the program registers. */
export const rules: readonly Rule[] = [
  unprivileged,
  plainSecrets,
  tls,
  openPorts,
  protectedState,
  pinnedHostKeys,
];

export interface PolicyArgs {
  readonly manifest: Manifest;
  readonly settings: Settings;
  /** A path in the manifest with file, line and column. */
  readonly place: (path: Path) => string;
}

/**
 * Looks at every resource on its way to the engine, which is the last place where all of it is
 * known and nothing has happened yet. A preview ends with everything that breaks a rule; when
 * something is to be changed, the first resource that breaks one is not sent, which ends the run.
 */
export function enforcePolicy({ manifest, settings, place }: PolicyArgs): void {
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  const context = { manifest, settings, secrets: secretsOf(settings) };
  const violations = new Violations((service, key) => {
    const spec = specOf({ service }, context);
    return spec && place([...pathOf(spec), ...key]);
  });
  // The service of each resource by its URN. Parents are registered before their children.
  const owners = new Map<string, string>();

  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) => {
    const isService = request.getType() === "nixmox:index:Service";
    const service = isService ? request.getName() : owners.get(request.getParent());
    const registration = registrationOf(request, service);
    for (const rule of rules) violations.add(service, rule.check(registration, context));
    return register(request, (error, response) => {
      if (response) {
        if (service !== undefined) owners.set(response.getUrn(), service);
        learn(context.secrets, registration, response);
      }
      callback(error, response);
    });
  };

  const registerOutputs = monitor.registerResourceOutputs.bind(monitor);
  monitor.registerResourceOutputs = (request, callback) => {
    const inputs = request.getOutputs()?.toJavaScript() ?? {};
    const outputs = { name: resourceName(request.getUrn()), inputs };
    violations.add(owners.get(request.getUrn()), findPlainSecrets(outputs, context));
    return registerOutputs(request, callback);
  };
}

/** The secrets that are known from the start. */
function secretsOf({ proxmox, ssh, secrets }: Settings): KnownSecrets {
  const known = new KnownSecrets();
  known.add("the API token", proxmox.token);
  known.add("the SSH key", readFileSync(ssh.privateKeyFile, "utf8"));
  secrets.apply((chosen) => {
    for (const [service, table] of Object.entries(chosen)) {
      for (const [name, value] of Object.entries(table)) {
        known.add(`nixmox:secrets.${service}.${name}`, value);
      }
    }
  });
  return known;
}

/** Remembers a generated password. */
function learn(secrets: KnownSecrets, { type, name }: Registration, response: RegisterResponse) {
  if (type !== "random:index/randomPassword:RandomPassword") return;
  const { result } = tableOf(reveal(response.getObject()?.toJavaScript()));
  if (typeof result !== "string") return;
  for (const form of formsOf(result)) secrets.add(name, form);
}
