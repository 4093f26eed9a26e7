import { readFileSync } from "node:fs";
import type { PoolConfig } from "pg";

type Variables = Readonly<Record<string, string | undefined>>;

/** A setting that is missing or unusable. */
export class SettingError extends Error {}

const SAME_MACHINE_AND_LANS =
  "127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fe80::/10,::1/128";

export interface Settings {
  readonly postgresql: PoolConfig;
  readonly secretKey: string;
  readonly http: { readonly host: string; readonly port: number };
  /** Networks whose X-Forwarded headers count. */
  readonly trustedProxies: readonly string[];
  readonly bootstrap: {
    readonly email: string;
    readonly password?: string | undefined;
    readonly token?: string | undefined;
  };
  /** Seconds until people must sign in again. */
  readonly sessionSeconds: number;
}

/** Authentik's settings from its environment; `file://` and `env://` values are followed. */
export function settingsOf(env: Variables): Settings {
  const get = (name: string): string | undefined => follow(env, `AUTHENTIK_${name}`);
  const require = (name: string): string => {
    const value = get(name);
    if (!value) {
      throw new SettingError(`Unable to start Authentik: AUTHENTIK_${name} is not set. Set it.`);
    }
    return value;
  };
  return {
    postgresql: postgresqlOf(get),
    secretKey: require("SECRET_KEY"),
    http: addressOf(get("LISTEN__HTTP") ?? "0.0.0.0:9000"),
    trustedProxies: (get("LISTEN__TRUSTED_PROXY_CIDRS") ?? SAME_MACHINE_AND_LANS).split(","),
    bootstrap: {
      email: get("BOOTSTRAP_EMAIL") ?? "root@example.com",
      password: get("BOOTSTRAP_PASSWORD"),
      token: get("BOOTSTRAP_TOKEN"),
    },
    sessionSeconds: Number(get("LAB_SESSION_SECONDS") ?? 14 * 24 * 3600),
  };
}

/** Where PostgreSQL is, with the meaning that libpq gives to its SSL modes. */
function postgresqlOf(get: (name: string) => string | undefined): PoolConfig {
  const of = (name: string) => get(`POSTGRESQL__${name}`);
  const mode = of("SSLMODE") ?? "disable";
  const ca = of("SSLROOTCERT");
  const host = of("HOST") ?? "localhost";
  const verified = mode === "verify-full" || mode === "verify-ca";
  return {
    host,
    port: Number(of("PORT") ?? 5432),
    user: of("USER") ?? "authentik",
    password: of("PASSWORD"),
    database: of("NAME") ?? "authentik",
    ssl:
      mode === "disable"
        ? false
        : {
            rejectUnauthorized: verified,
            ca: verified && ca ? readFileSync(ca, "utf8") : undefined,
            ...(mode !== "verify-full" && { checkServerIdentity: () => undefined }),
          },
  };
}

function addressOf(text: string): { host: string; port: number } {
  const [, host, port] = /^(.*):(\d+)$/.exec(text) ?? [];
  if (host === undefined) {
    throw new SettingError(
      `Unable to start Authentik: ${text} in AUTHENTIK_LISTEN__HTTP is no address. Write ADDRESS:PORT.`,
    );
  }
  return { host: host.replace(/^\[|\]$/g, "") || "::", port: Number(port) };
}

function follow(env: Variables, name: string): string | undefined {
  const value = env[name];
  if (value?.startsWith("env://")) return follow(env, value.slice("env://".length));
  if (!value?.startsWith("file://")) return value;
  const path = value.slice("file://".length);
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    throw new SettingError(
      `Unable to read ${name}: ${(error as Error).message}. Check the path after file://.`,
    );
  }
}
