import {
  databaseName,
  firstPasswordName,
  secretFileName,
  secretValueName,
} from "../../components/resourceNames";
import { providerOf } from "../../manifest/graph/uses";
import { databaseSecret, firstPassword } from "../../manifest/resolve/paths";
import { usersWithPassword } from "../../manifest/resolve/people";
import type { Manifest, SecretSpec, ServiceSpec } from "../../manifest/resolve/spec";
import { type Deployment, hostKeyLookup } from "../deployedServices";
import { verifyClient } from "./verifyClient";

/**
 * Where a secret's value comes from: it is generated, chosen by a person instead, given by a person because
 * nothing else can (or still missing), another service's, or the key of a certificate that the
 * homelab's own authority issues.
 */
export type Origin = "generated" | "chosen" | "given" | "missing" | "shared" | "issued";

/** A secret of a stack: everything but its value. */
export interface StackSecret {
  /** `service/name`. */
  readonly id: string;
  readonly service: string;
  readonly name: string;
  readonly origin: Origin;
  /** The secret whose value it has, by id, if it is shared. */
  readonly from?: string | undefined;
  /** The variable that its file sets, if it is not the value alone. */
  readonly env?: string | undefined;
  /** The service's host, and the file there; a user's first password is in none. */
  readonly host: { readonly address: string; readonly hostKey?: string };
  readonly path?: string | undefined;
  /** How a new value takes effect. */
  readonly applied: "restart" | "command" | "SQL, restart" | "API, restart" | "API";
  /** Units that restart. */
  readonly restart: readonly string[];
  /** URN of the resource that generates it, once it is deployed. */
  readonly generator?: string | undefined;
  /** When the value was generated or issued; if it was chosen, when its file was last written. */
  readonly since?: Date | undefined;
  /** Command that succeeds on the host if the service accepts the value on its stdin. */
  readonly verify?: string | undefined;
  /** The user whose first password it is, who may have chosen another since. */
  readonly user?: string | undefined;
  /** The login that it is the password of. */
  readonly login?: DatabaseLogin | undefined;
}

/** How a service logs in to one of its databases. */
export interface DatabaseLogin {
  readonly address: string;
  /** The server's name, which its certificate has. */
  readonly hostname: string;
  readonly port: number;
  readonly database: string;
  readonly role: string;
}

/** All secrets of a stack, in the order of its manifest. */
export function secretsOf(
  { manifest, state }: Pick<Deployment, "manifest" | "state">,
  chosen: ReadonlySet<string>,
): StackSecret[] {
  const resources = (state.deployment.resources ?? []).filter((each) => each.delete !== true);
  const hostKeys = hostKeyLookup(state);
  const find = (name: string) => resources.find(({ urn }) => urn.endsWith(`::${name}`));
  return manifest.services.flatMap((service) => {
    const { name, ip: address } = service;
    const complete = (
      key: string,
      names: { file: string; value: string },
      rest: Pick<
        StackSecret,
        "path" | "applied" | "restart" | "verify" | "login" | "user" | "from" | "env"
      >,
      own?: Origin,
    ): StackSecret => {
      const id = `${name}/${key}`;
      const origin = own ?? (chosen.has(id) ? "chosen" : "generated");
      const [generator, file] = [find(names.value), find(names.file)];
      const isMade = origin === "generated" || origin === "issued";
      const time = isMade ? generator?.created : file?.modified;
      return {
        id,
        service: name,
        name: key,
        origin,
        host: { address, hostKey: hostKeys(address) },
        generator: generator?.urn,
        since: time === undefined ? undefined : new Date(time),
        ...rest,
      };
    };
    const { secrets, dbs } = service.interface;
    const { authority, certificate } = service;
    return [
      ...Object.entries(secrets).map(([key, secret]) => {
        const { path, restart, apply, verify, from, env } = secret;
        const client = verifyClientSecret(manifest, service, key);
        return complete(
          key,
          { file: secretFileName(name, key), value: secretValueName(name, key) },
          {
            path,
            restart,
            env,
            from: from?.replace(".", "/"),
            verify: verify ?? client,
            applied:
              client !== undefined ? "API, restart" : apply === undefined ? "restart" : "command",
          },
          originOf(secret, chosen.has(`${name}/${key}`)),
        );
      }),
      ...(providerOf(manifest, "sso") === service ? usersWithPassword(manifest) : []).map(
        (user) => {
          const value = firstPasswordName(name, user);
          return complete(
            firstPassword(user),
            { file: value, value },
            { applied: "API", restart: [], user },
          );
        },
      ),
      ...Object.entries({ authority, certificate }).flatMap(([key, files]) => {
        const value = `${name}-${key}`;
        return files === undefined
          ? []
          : complete(
              key,
              { file: `${value}-key`, value },
              { path: files.key_file, applied: "restart", restart: [service.unit] },
              "issued",
            );
      }),
      ...Object.keys(dbs).map((key) => {
        const parent = databaseName(service, key);
        const { access, of } = dbs[key]!;
        // A second host has the password of the service that it belongs to.
        const from =
          access === "share" && of ? `${of.service}/${databaseSecret(of.key)}` : undefined;
        return complete(
          databaseSecret(key),
          { file: `${parent}-secret`, value: `${parent}-password` },
          {
            path: dbs[key]!.password_file,
            applied: "SQL, restart",
            restart: [service.unit],
            login: loginOf(manifest, service, key),
            from,
          },
          from === undefined ? undefined : "shared",
        );
      }),
    ];
  });
}

/** Where a value comes from, if the manifest does not leave it to the stack's configuration. */
function originOf({ from, generate }: SecretSpec, isChosen: boolean): Origin | undefined {
  if (from !== undefined) return "shared";
  if (generate) return undefined;
  return isChosen ? "given" : "missing";
}

/** How the identity provider is asked about a secret, if it is that of one of a service's clients. */
function verifyClientSecret(
  manifest: Manifest,
  service: ServiceSpec,
  key: string,
): string | undefined {
  const signIns = Object.values(service.interface.sign_ins);
  const client = signIns.find((each) => each.client?.secret === key)?.client;
  const signOn = providerOf(manifest, "sso")?.sign_on;
  if (signOn && service.sign_on?.kind === "keycloak" && key === "forward-auth-secret") {
    const redirect_uris = [`${signOn.url}/oauth2/callback`];
    return verifyClient(signOn, { client_id: "oauth2-proxy", redirect_uris });
  }
  return client && signOn && verifyClient(signOn, client);
}

function loginOf(
  { services }: Manifest,
  { interface: { dbs } }: ServiceSpec,
  key: string,
): DatabaseLogin {
  const { service, port, name: database, role } = dbs[key]!;
  const { ip: address, hostname } = services.find(({ name }) => name === service)!;
  return { address, hostname, port, database, role };
}

/** The names of the secrets that a stack's configuration sets, as `service/name`. */
export function chosenSecrets(configuration: string): ReadonlySet<string> {
  const values = JSON.parse(configuration) as Record<string, { value?: string }>;
  const text = values["nixmox:secrets"]?.value ?? "{}";
  const tables = JSON.parse(text) as Record<string, Record<string, unknown>>;
  return new Set(
    Object.entries(tables).flatMap(([service, table]) =>
      Object.keys(table).map((name) => `${service}/${name}`),
    ),
  );
}
