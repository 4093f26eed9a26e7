import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import * as pulumi from "@pulumi/pulumi";
import { didYouMean } from "./manifest/didYouMean";
import { type Loaded, loadManifest } from "./manifest/load";
import type { Manifest } from "./manifest/resolve/spec";
import { visibleLines } from "./manifest/visible";
import { type Settings, SettingsError } from "./settings";
import { findSecretFaults } from "./settings/secretFaults";

/** Reads the manifest named in the settings. */
export function readManifest({ manifest: file, networkCidrs, vmidBase }: Settings): Loaded {
  if (!existsSync(file)) {
    throw new pulumi.RunError(
      `Unable to read the manifest ${file}: it does not exist. ` +
        "Name it with `pulumi config set nixmox:manifest FILE`.",
    );
  }
  const loaded = asRunError(() => loadManifest(file, { networkCidrs, vmidBase }));
  for (const warning of loaded.warnings) void pulumi.log.warn(warning);
  return loaded;
}

/**
 * Names in the stack's configuration must exist in the manifest, or they would have no effect, and a
 * secret that only a person can give must be there.
 */
export function checkSecretNames(
  settings: Pick<Settings, "allowReplace" | "secretNames" | "unfitSecrets">,
  manifest: Manifest,
): void {
  // Left over once the service is gone, which was its purpose.
  const isEnabled = (name: string) => manifest.services.some((each) => each.name === name);
  for (const name of settings.allowReplace.filter((each) => !isEnabled(each))) {
    void pulumi.log.warn(
      `nixmox:allowReplace names ${name}, which is not an enabled service. Remove it.`,
    );
  }
  const faults = findSecretFaults(settings, manifest);
  if (faults.length > 0) throw new SettingsError(faults);
}

/** Host keys in the configuration must belong to services, or a mistyped name would go unnoticed. */
export function checkHostKeyNames({ hostKeys }: Settings, manifest: Manifest): void {
  const known = [...manifest.services, ...manifest.disabled].map(({ name }) => name);
  const unknown = [...hostKeys.keys()].filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new SettingsError(
    unknown.map(
      (name) =>
        `nixmox:hostKeys.${name} is not a service of the manifest.${didYouMean(name, known)} ` +
        `Remove it with \`pulumi config rm --path 'nixmox:hostKeys.${name}'\`.`,
    ),
  );
}

/** Says at every run what accepting any certificate gives away. */
export function warnOfInsecure({ proxmox }: Settings): void {
  if (!proxmox.insecure) return;
  void pulumi.log.warn(
    `nixmox:insecure accepts any certificate: anyone who can answer in place of ${proxmox.endpoint} reads the API ` +
      "token, and may then do everything that it may. Copy /etc/pve/pve-root-ca.pem from a node, name the copy " +
      "with `pulumi config set nixmox:caFile FILE`, and run `pulumi config rm nixmox:insecure`.",
  );
}

/** Lets an error in what the user wrote end the run with its message alone. */
export function asRunError<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof pulumi.RunError) throw error;
    throw new pulumi.RunError(visibleLines((error as Error).message));
  }
}

/**
 * Keeps the SDK from sending every value that it registers to the engine as a debug message: with
 * `--debug`, `--json` or `--event-log` these would be shown, secrets among them, and they take a
 * third of the time of a preview.
 */
export function silenceDebugLog(): void {
  // The SDK's own modules call it through this object.
  const log = createRequire(__filename)("@pulumi/pulumi/log") as { debug: typeof pulumi.log.debug };
  log.debug = () => Promise.resolve();
}

/**
 * Runs what registers resources. The SDK keeps a stack trace for every property of every resource,
 * which takes a fifth of a program's memory and names nothing but the SDK.
 */
export function withoutStackTraces(run: () => void): void {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    run();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
