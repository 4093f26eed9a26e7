import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { SecretSpec } from "../manifest/resolve/spec";

/** How random bytes, given in hex, are written in each format. */
const ofBytes: Readonly<
  Record<Exclude<SecretSpec["format"], "alphanumeric">, (hex: string) => string>
> = {
  hex: (hex) => hex,
  base64: (hex) => Buffer.from(hex, "hex").toString("base64"),
  base64url: (hex) => Buffer.from(hex, "hex").toString("base64url"),
  uuid: uuidOf,
};

/**
 * Generates the value of a secret. Random bytes are a password in hex: Pulumi's resources for bytes and
 * UUIDs have the value as their id, which is in plain text in the state.
 */
export function generateValue(
  name: string,
  { format, length }: SecretSpec,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  if (format === "alphanumeric") {
    return new random.RandomPassword(name, { length, special: false }, opts).result;
  }
  const hexadecimal = { upper: false, lower: false, special: true, overrideSpecial: "abcdef" };
  const bytes = new random.RandomPassword(name, { length: 2 * length, ...hexadecimal }, opts);
  return bytes.result.apply(ofBytes[format]);
}

/** Every text that a generated value may have been made into. */
export function formsOf(result: string): string[] {
  const isBytes = /^([0-9a-f]{2}){16,}$/.test(result);
  return isBytes ? [...new Set(Object.values(ofBytes).map((form) => form(result)))] : [result];
}

/** A random UUID (version 4) of the first 16 bytes. */
function uuidOf(hex: string): string {
  const bytes = Buffer.from(hex.slice(0, 32), "hex");
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
