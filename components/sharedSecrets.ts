import * as pulumi from "@pulumi/pulumi";

/**
 * The values that services share, by `service.secret`. Services may name each other's in both directions,
 * so a value can be asked for before its own service is declared.
 */
export class SharedSecrets {
  private readonly values = new Map<string, ReturnType<typeof pulumi.deferredOutput<string>>>();

  /** The value of a secret, known once its service is declared. */
  get(id: string): pulumi.Output<string> {
    return this.entry(id)[0];
  }

  /** Says what the value of a secret is. */
  set(id: string, value: pulumi.Output<string>): void {
    this.entry(id)[1](value);
  }

  private entry(id: string) {
    const entry = this.values.get(id) ?? pulumi.deferredOutput<string>();
    this.values.set(id, entry);
    return entry;
  }
}
