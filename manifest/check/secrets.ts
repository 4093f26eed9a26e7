import { didYouMean } from "../didYouMean";
import { formatPath, type Issue, type Path } from "../issue";
import { databaseSecret, firstPassword } from "../resolve/paths";
import { secretId, splitReference } from "../secretId";
import type { SecretSpec, ServiceSpec } from "../resolve/spec";
import { ownValue } from "../tables";
import { Claims } from "./claims";
import { type CheckContext, pathOf } from "./context";

/** Secrets that a module of this project reads as they are. */
const readByModules: Readonly<Record<string, RegExp>> = {
  authentik: /^/,
  forgejo: /^(admin-password|client-secret)$/,
  guacamole: /^admin-password$/,
  keycloak: /^/,
  mail: /^(mailbox-.+|relay-password)$/,
  media: /^(jellyfin|transmission)-password$/,
  miniflux: /^(admin-password|client-secret)$/,
  monitoring: /^(admin-password|grafana-key|client-secret-grafana)$/,
  nextcloud: /^(admin-password|client-secret)$/,
  openbao: /^(seal-key|client-secret)$/,
  vaultwarden: /^(admin-token|client-secret)$/,
};

/** Where a secret's value comes from, and how its file is written, make sense together. */
export function checkSecrets(context: CheckContext, service: ServiceSpec<undefined>): Issue[] {
  const variables = new Claims(context.place);
  return Object.entries(service.interface.secrets).flatMap(([key, secret]): Issue[] => {
    const path = [...pathOf(service), "interface", "secrets", key];
    return [
      ...checkSource(context, service, key, path),
      ...checkUnused(context, secret, path),
      ...checkVariable(variables, service, key, path),
    ];
  });
}

/** What `from` names is another service's secret with a value of its own. */
function checkSource(
  context: CheckContext,
  service: ServiceSpec<undefined>,
  key: string,
  base: Path,
): Issue[] {
  const path = [...base, "from"];
  const { from } = service.interface.secrets[key]!;
  if (from === undefined || context.isFaulty(path)) return [];
  const { services, disabled } = context.manifest;
  const { service: name, secret } = splitReference(from);
  if (name === service.name) {
    const message =
      secret === key
        ? "it names this secret itself. Remove from."
        : `${secret} is a secret of ${name} itself, which can read its file. Name another service's.`;
    return [{ code: "not-allowed", path, message }];
  }
  if (isClientSecret(service, key)) {
    const message =
      "a client of the identity provider has a secret of its own. Remove from, or take this one's value elsewhere.";
    return [{ code: "not-allowed", path, message }];
  }
  const off = disabled.find((each) => each.name === name);
  if (off) {
    const message = `${name} is not enabled. Set enable = true in ${formatPath(pathOf(off))}.`;
    return [{ code: "disabled-service", path, message }];
  }
  const source = services.find((each) => each.name === name);
  if (!source) {
    const names = services.filter((each) => each !== service).map((each) => each.name);
    const message = `there is no service "${name}".${didYouMean(name, names) || " Name an enabled one."}`;
    return [{ code: "unknown-service", path, message }];
  }
  return checkSourceSecret(context, source, secret, { id: secretId(service.name, key), path });
}

function checkSourceSecret(
  { manifest }: CheckContext,
  source: ServiceSpec<undefined>,
  secret: string,
  { id: own, path }: { readonly id: string; readonly path: Path },
): Issue[] {
  const { secrets, dbs } = source.interface;
  const found = ownValue(secrets, secret);
  if (found?.from === own) {
    const message = `${source.name}.${secret} has its value from this one. Remove from in one of the two.`;
    return [{ code: "cycle", path, message }];
  }
  if (found?.from !== undefined) {
    const message = `${source.name}.${secret} has its value from ${found.from}. Name that one.`;
    return [{ code: "not-allowed", path, message }];
  }
  if (found) return [];
  if (Object.keys(dbs).some((key) => databaseSecret(key) === secret)) {
    const message =
      "a database's password lets its owner in from its own host alone. Use a database of this service's own.";
    return [{ code: "not-allowed", path, message }];
  }
  const isPassword =
    source.provides.includes("sso") &&
    Object.keys(manifest.users).some((user) => firstPassword(user) === secret);
  if (isPassword) {
    const message = "it is a person's first password, which that person may change. Use another.";
    return [{ code: "not-allowed", path, message }];
  }
  const names = Object.keys(secrets).filter((each) => secrets[each]!.from === undefined);
  const there = names.length > 0 ? ` It has ${names.join(", ")}.` : " It has no secret at all.";
  const message = `${source.name} has no secret "${secret}".${didYouMean(secret, names) || there}`;
  return [{ code: "unknown-secret", path, message }];
}

/** What is said about a value that is not generated, or a length that a form does not have. */
function checkUnused(
  { isWritten, isFaulty }: CheckContext,
  { from, generate, format }: SecretSpec<undefined>,
  base: Path,
): Issue[] {
  const written = (keys: readonly string[]) =>
    keys.map((key) => [...base, key]).filter((path) => isWritten(path) && !isFaulty(path));
  const unused = (keys: readonly string[], why: string): Issue[] =>
    written(keys).map((path) => ({ code: "no-effect", path, message: `${why} Remove it.` }));
  if (from !== undefined) {
    // Resolved values are those of the source, wherever that says them.
    return unused(["generate", "format", "length"], `its value is that of ${from}.`);
  }
  if (generate === false) {
    return unused(["format", "length"], "nothing is generated, since generate is false.");
  }
  return format === "uuid" ? unused(["length"], "a UUID has no other length.") : [];
}

/** A file that sets a variable is not what the project's own modules read, and sets one of its own. */
function checkVariable(
  variables: Claims,
  service: ServiceSpec<undefined>,
  key: string,
  base: Path,
): Issue[] {
  const { env, restart } = service.interface.secrets[key]!;
  if (env === undefined) return [];
  const path = [...base, "env"];
  const reader = service.modules.find(
    (module) => Object.hasOwn(readByModules, module) && readByModules[module]!.test(key),
  );
  if (reader !== undefined) {
    const message = `the module ${reader} reads the value alone from this secret's file. Remove env.`;
    return [{ code: "not-allowed", path, message }];
  }
  return restart.flatMap((unit) =>
    variables.claim(`${env} of ${unit}`, path, "Use another variable.", path),
  );
}

/** Whether a secret is that by which the identity provider knows the service. */
function isClientSecret(service: ServiceSpec<undefined>, key: string): boolean {
  return Object.values(service.interface.sign_ins).some(({ client }) => client?.secret === key);
}
