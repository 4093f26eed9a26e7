/** Where NixMox keeps, on every host, what is not in the Nix store. */
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

/** What the password of a database is called among its service's secrets. */
export function databaseSecret(key: string): string {
  return `database-${key}`;
}

/** What the internal certificate authority's key is called among the proxy's secrets. */
export const caKeySecret = "ca-key";
