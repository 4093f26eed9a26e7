import type { ServiceSpec } from "../manifest/resolve/spec";

/**
 * Names of resources that are looked up in the state by commands. A child is named after its parent:
 * what is renamed here is created again in every stack.
 */

/** The file of a secret on its service's host. */
export function secretFileName(service: string, secret: string): string {
  return `${service}-secret-${secret}`;
}

/** What generates the value of a secret. */
export function secretValueName(service: string, secret: string): string {
  return `${secretFileName(service, secret)}-value`;
}

/** A database of a service. The short form's has no name of its own, so a renamed service keeps it. */
export function databaseName({ name, formerly }: ServiceSpec, key: string): string {
  return key === (formerly[0] ?? name) ? `${name}-database` : `${name}-database-${key}`;
}
