import type { RecordInput } from "../schema/dns";

/** What the homelab's resolver knows and asks, in full. */

/** A resolver to ask. */
export interface ForwarderSpec {
  readonly address: string;
  readonly port: number;
  /** Asked over TLS, with a certificate for this name. */
  readonly tls_name?: string | undefined;
  /** Whether its answers are validated. */
  readonly dnssec: boolean;
}

/** A record whose names are full, without a dot at the end. */
export type RecordSpec = RecordInput;

/** What has an address and is no container. */
export interface DeviceSpec<Gap = never> {
  readonly ip: string | Gap;
  readonly hostname: string | Gap;
  readonly mac?: string | undefined;
  /** Further full names. */
  readonly aliases: readonly string[];
}
