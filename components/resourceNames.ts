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

/** What generates the first password of a user. */
export function firstPasswordName(provider: string, user: string): string {
  return `${directoryName(provider)}-user-${user}-password`;
}

/** The users and groups of an identity provider, and what its clients share. */
export function directoryName(provider: string): string {
  return `${provider}-directory`;
}

/** A place where users sign in; the service's own is `default`. */
export function signInName(service: string, key: string): string {
  return key === "default" ? `${service}-sign-in` : `${service}-sign-in-${key}`;
}

/** A database of a service. The short form's has no name of its own, so a renamed service keeps it. */
export function databaseName({ name, formerly }: ServiceSpec, key: string): string {
  return key === (formerly[0] ?? name) ? `${name}-database` : `${name}-database-${key}`;
}
