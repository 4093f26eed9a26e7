import type { Path } from "../../manifest/issue";
import type { Manifest, ServiceSpec } from "../../manifest/resolve/spec";
import type { Settings } from "../../settings";
import type { KnownSecrets } from "./knownSecrets";
import type { Registration } from "./registration";

/** What rules compare a resource with. */
export interface PolicyContext {
  readonly manifest: Manifest;
  readonly settings: Pick<Settings, "proxmox" | "protect" | "allowReplace">;
  readonly secrets: KnownSecrets;
}

/** What is wrong with one resource. */
export interface Finding {
  /** A clause such as "container x is privileged". */
  readonly why: string;
  /** A sentence that says what would be right. */
  readonly advice: string;
  /** The key of its service in the manifest that decides this. */
  readonly key?: Path;
}

/** Something that holds for every resource of every stack. */
export interface Rule {
  /** Short and stable, for messages. */
  readonly name: string;
  /** One sentence. */
  readonly description: string;
  check(registration: Registration, context: PolicyContext): readonly Finding[];
}

/** The service that a resource belongs to, as the manifest has it. */
export function specOf(
  { service }: Pick<Registration, "service">,
  { manifest }: Pick<PolicyContext, "manifest">,
): ServiceSpec | undefined {
  return manifest.services.find(({ name }) => name === service);
}
