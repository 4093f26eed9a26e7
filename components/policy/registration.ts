import * as pulumi from "@pulumi/pulumi";

/** A resource as it is sent to Pulumi's engine. */
export interface Registration {
  readonly type: string;
  readonly name: string;
  /** The service of the manifest that it belongs to. */
  readonly service: string | undefined;
  /** Its inputs as they are sent, with marks for what is secret or not known yet. */
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly protect: boolean;
  /** Names of the resources that an input comes from. */
  readonly sourcesOf: (input: string) => readonly string[];
}

/** In place of a value that no one knows before something else exists. */
export const unknown = Symbol("unknown");

const { specialSigKey, specialSecretSig, unknownValue } = pulumi.runtime;

function isSecret(value: object): value is { readonly value: unknown } {
  return (value as Record<string, unknown>)[specialSigKey] === specialSecretSig;
}

/** A value without the marks. */
export function reveal(value: unknown): unknown {
  if (value === unknownValue) return unknown;
  if (typeof value !== "object" || value === null) return value;
  if (isSecret(value)) return reveal(value.value);
  if (Array.isArray(value)) return value.map(reveal);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, reveal(each)]));
}

/** A value as a table; empty if it is none. */
export function tableOf(value: unknown): Readonly<Record<string, unknown>> {
  const isTable = typeof value === "object" && value !== null && !Array.isArray(value);
  return isTable ? (value as Record<string, unknown>) : {};
}

/** Every text in a value that is not marked as secret, and where in it. */
export function* plainTexts(value: unknown, place: string): Generator<[string, string]> {
  if (typeof value === "string") yield [place, value];
  if (typeof value !== "object" || value === null || isSecret(value)) return;
  for (const [key, each] of Object.entries(value)) {
    yield [`${place}, a key`, key];
    yield* plainTexts(each, Array.isArray(value) ? `${place}[${key}]` : `${place}.${key}`);
  }
}

/** Whether a resource is a container on Proxmox VE. */
export function isContainer({ type }: Registration): boolean {
  return /^proxmoxve:.*:Container(Legacy)?$/.test(type);
}

/** The kind and the content of a file that a daemon on a host reads; nothing for other resources. */
export function dropInOf(
  registration: Registration,
): { kind: string; content: string } | undefined {
  const { create, stdin } = tableOf(reveal(registration.inputs));
  const kind = /^nixmox-fragment put '?([\w-]+)'? /.exec(typeof create === "string" ? create : "");
  return kind && typeof stdin === "string" ? { kind: kind[1]!, content: stdin } : undefined;
}
