import { secretId, splitReference } from "../secretId";
import { mapValues, ownValue } from "../tables";
import type { Context, PlacedService } from "./context";
import { secretPath } from "./paths";
import { clientSecretsOf, type SignIns } from "./signIns";
import type { Manifest, SecretSpec, ServiceSpec } from "./spec";

/** The bytes of a UUID. */
const uuidBytes = 16;

/** A service's secrets by name: those that it names, and those of its clients. */
export function resolveSecrets(
  context: Context,
  each: PlacedService,
  unit: string,
  signIns: SignIns,
): Record<string, SecretSpec<undefined>> {
  const secrets = { ...clientSecretsOf(signIns), ...each.entry.interface?.secrets };
  return mapValues(secrets, (secret, key) => {
    const { generate, format, length } = sourceOf(context, secret?.from) ?? secret ?? {};
    return {
      generate,
      from: secret?.from,
      format,
      length: format === "uuid" ? uuidBytes : length,
      env: secret?.env,
      owner: secret?.owner,
      mode: secret?.mode,
      restart: secret?.restart ?? (secret?.apply === undefined ? [unit] : []),
      apply: secret?.apply,
      verify: secret?.verify,
      path: secretPath(key),
    };
  });
}

/** How another service's secret says that its value comes to be; nothing if it says nothing. */
function sourceOf({ entries }: Context, from: string | undefined) {
  if (from === undefined) return undefined;
  const { service, secret } = splitReference(from);
  const source = entries.find(({ name }) => name === service);
  const found = ownValue(source?.entry.interface?.secrets ?? {}, secret);
  return found;
}

/** The secrets that only a person can give, as `service.secret`. */
export function givenSecrets({ services }: Pick<Manifest, "services">): string[] {
  return secretsOfAll(services)
    .filter(({ spec }) => !spec.generate && spec.from === undefined)
    .map(({ service, name }) => secretId(service.name, name));
}

/** Every secret that services name themselves, or have as clients. */
export function secretsOfAll(services: readonly ServiceSpec[]) {
  return services.flatMap((service) =>
    Object.entries(service.interface.secrets).map(([name, spec]) => ({ service, name, spec })),
  );
}
