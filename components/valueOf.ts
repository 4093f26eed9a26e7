import * as pulumi from "@pulumi/pulumi";

/** A value without outputs in it, once all of them are known; secrets are no longer marked as such. */
export function valueOf<T>(value: pulumi.Input<T>): Promise<pulumi.Unwrap<T>> {
  return new Promise((resolve) => void pulumi.output(value).apply(resolve));
}
