import type { CertificatePaths } from "./spec";

/** Where NixMox keeps what is not in the Nix store, on every host. */
export const stateDirectory = "/var/lib/nixmox";

/** The certificate of the internal CA, on every host. */
export const caFile = "/etc/nixmox/ca.crt";

/** The certificates on the proxy from which that of a route's device must come. */
export function authorityPath(route: string): string {
  return `${stateDirectory}/authorities/${route}-route-authority.pem`;
}

/** The port of every host's node exporter. */
export const nodeExporterPort = 9100;

/** The file that holds a secret on its service's host. */
export function secretPath(name: string): string {
  return `${stateDirectory}/secrets/${name}`;
}

/** The file of a database's password. */
export function databasePasswordPath(key: string): string {
  return secretPath(databaseSecret(key));
}

/** The name of a database's password among its service's secrets. */
export function databaseSecret(key: string): string {
  return `database-${key}`;
}

/** The name of a user's first password among the identity provider's secrets. */
export function firstPassword(user: string): string {
  return `user-${user}`;
}

/** The files of a certificate and its key on a host; no secret has a name with a dot. */
export function certificatePaths(name: "authority" | "server"): CertificatePaths {
  return {
    certificate_file: secretPath(`${name}.crt`),
    key_file: secretPath(`${name}.key`),
  };
}
