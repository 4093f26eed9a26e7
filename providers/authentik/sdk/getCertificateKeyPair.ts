// Generated from schema.json by `npx tsx providers/authentik/sdk/cli.ts`.

import * as pulumi from "@pulumi/pulumi";

export interface GetCertificateKeyPairArgs {
  /** @default true */
  readonly fetchCertificate?: boolean;
  /** @default true */
  readonly fetchKey?: boolean;
  readonly keyData?: string;
  readonly name?: string;
}

export interface GetCertificateKeyPairOutputArgs {
  /** @default true */
  readonly fetchCertificate?: pulumi.Input<boolean>;
  /** @default true */
  readonly fetchKey?: pulumi.Input<boolean>;
  readonly keyData?: pulumi.Input<string>;
  readonly name?: pulumi.Input<string>;
}

export interface GetCertificateKeyPairResult {
  readonly certificateData: string;
  readonly expiry: string;
  readonly fetchCertificate?: boolean;
  readonly fetchKey?: boolean;
  readonly fingerprint1: string;
  readonly fingerprint256: string;
  readonly id: string;
  readonly keyData: string;
  readonly name: string;
  readonly subject: string;
}

/** Finds a certificate and its key by name. */
export function getCertificateKeyPair(
  args: GetCertificateKeyPairArgs,
  opts?: pulumi.InvokeOptions,
): Promise<GetCertificateKeyPairResult> {
  return pulumi.runtime.invoke(
    "authentik:index/getCertificateKeyPair:getCertificateKeyPair",
    { ...args },
    opts,
  ) as Promise<GetCertificateKeyPairResult>;
}

/** Finds a certificate and its key by name. Waits for its arguments, and is unknown while they are. */
export function getCertificateKeyPairOutput(
  args: GetCertificateKeyPairOutputArgs,
  opts?: pulumi.InvokeOutputOptions,
): pulumi.Output<GetCertificateKeyPairResult> {
  return pulumi.runtime.invokeOutput(
    "authentik:index/getCertificateKeyPair:getCertificateKeyPair",
    { ...args },
    opts,
  );
}
