import * as pulumi from "@pulumi/pulumi";

/** Which properties of a resource are secrets. */
export interface Secrets {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/**
 * What a resource is registered with: its arguments, the outputs that only the provider knows, and
 * secrets marked as such, whatever the caller did.
 */
export function prepare(
  args: object | undefined,
  outputs: readonly string[],
  secrets: Secrets,
  opts: pulumi.CustomResourceOptions | undefined,
) {
  const inputs: pulumi.Inputs = Object.fromEntries(outputs.map((name) => [name, undefined]));
  for (const [name, value] of Object.entries((args ?? {}) as Record<string, unknown>)) {
    const secret = value !== undefined && secrets.inputs.includes(name);
    inputs[name] = secret ? pulumi.secret(value) : value;
  }
  const additionalSecretOutputs = [...secrets.outputs];
  return { inputs, opts: pulumi.mergeOptions({ additionalSecretOutputs }, opts) };
}
