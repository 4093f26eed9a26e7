import { providerOf } from "../manifest/graph/uses";
import { databaseSecret, firstPassword } from "../manifest/resolve/paths";
import { usersWithPassword } from "../manifest/resolve/people";
import { givenSecrets, secretsOfAll } from "../manifest/resolve/secrets";
import type { Manifest } from "../manifest/resolve/spec";
import { secretId, setCommand } from "../manifest/secretId";
import type { Settings } from "../settings";

/** Everything wrong with the secrets of a stack's configuration, as far as a manifest decides it. */
export function findSecretFaults(
  { secretNames, unfitSecrets }: Pick<Settings, "secretNames" | "unfitSecrets">,
  manifest: Manifest,
): string[] {
  const remove = (id: string) =>
    `Remove it with \`pulumi config rm --path 'nixmox:secrets.${id}'\`.`;
  const all = secretsOfAll(manifest.services).map(({ service, name, spec }) => ({
    id: secretId(service.name, name),
    spec,
  }));
  const missing = givenSecrets(manifest).filter((id) => !secretNames.includes(id));
  return [
    ...missing.map(
      (id) =>
        `nixmox:secrets.${id} is missing, and the manifest says that it is not generated (generate = false). ` +
        `Run \`${setCommand(id)}\`, which asks for the value.`,
    ),
    ...findUnknown(secretNames, manifest).map(
      ([id, there]) =>
        `nixmox:secrets.${id} is not a secret of the manifest (${there}). ${remove(id)}`,
    ),
    ...all
      .filter(({ id, spec }) => spec.from !== undefined && secretNames.includes(id))
      .map(
        ({ id, spec }) =>
          `nixmox:secrets.${id} has no effect: the manifest takes its value from ${spec.from}. ${remove(id)}`,
      ),
    ...sharedPasswords(manifest)
      .filter(({ id }) => secretNames.includes(id))
      .map(
        ({ id, owner }) =>
          `nixmox:secrets.${id} has no effect: the database and its password are those of ${owner}. ${remove(id)}`,
      ),
    ...all.flatMap(({ id, spec }) => {
      const why = spec.env === undefined ? undefined : unfitSecrets.get(spec.from ?? id);
      if (why === undefined) return [];
      return `nixmox:secrets.${spec.from ?? id} cannot be the variable ${spec.env} (env of ${id} in the manifest): ${why}. Run \`${setCommand(spec.from ?? id)}\` with another value.`;
    }),
  ];
}

/** The passwords of databases on second hosts, which are the owners'. */
function sharedPasswords({ services }: Manifest) {
  return services.flatMap(({ name, interface: { dbs } }) =>
    Object.entries(dbs).flatMap(([key, { access, of }]) =>
      access === "share" && of
        ? [
            {
              id: secretId(name, databaseSecret(key)),
              owner: secretId(of.service, databaseSecret(of.key)),
            },
          ]
        : [],
    ),
  );
}

/** Names that the manifest does not have, each with those that it has. */
function findUnknown(names: readonly string[], manifest: Manifest): [id: string, there: string][] {
  const { services, disabled } = manifest;
  const known = services.flatMap(({ name, interface: { dbs, secrets } }) =>
    [...Object.keys(secrets), ...Object.keys(dbs).map(databaseSecret)].map((key) =>
      secretId(name, key),
    ),
  );
  const sso = providerOf(manifest, "sso");
  if (sso) {
    known.push(
      ...usersWithPassword(manifest).map((user) => secretId(sso.name, firstPassword(user))),
    );
  }
  const there = known.length > 0 ? `there are ${known.join(", ")}` : "it has none";
  const isOff = (name: string) => disabled.some((each) => each.name === name.split(".")[0]);
  return names.filter((name) => !known.includes(name) && !isOff(name)).map((name) => [name, there]);
}
