/** Where NixMox keeps what is not in the Nix store, on every host. */
export const stateDirectory = "/var/lib/nixmox";

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

/** The name of the internal certificate authority's key among the proxy's secrets. */
export const caKeySecret = "ca-key";
